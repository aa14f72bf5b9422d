/** The two tones of each key, in hertz (ITU-T Q.23). */
const tones: Record<string, [number, number]> = Object.fromEntries(
  ['123', '456', '789', '*0#'].flatMap((row, r) => [...row].map((key, c) => [key, [[697, 770, 852, 941][r]!, [1209, 1336, 1477][c]!]])),
);

/** The keypad's rows. */
export const keys = Object.keys(tones).sort((a, b) => '123456789*0#'.indexOf(a) - '123456789*0#'.indexOf(b));

let audio: AudioContext | undefined;

/** Plays a key's tones for 0.12 s. Call it in the handler of a touch or key. */
export function playKey(key: string): void {
  const pair = tones[key];
  if (!pair || typeof AudioContext === 'undefined') return;
  audio ??= new AudioContext();
  void audio.resume();
  const gain = audio.createGain();
  gain.gain.setValueAtTime(0.08, audio.currentTime);
  gain.gain.setTargetAtTime(0, audio.currentTime + 0.1, 0.01);
  gain.connect(audio.destination);
  for (const hertz of pair) {
    const oscillator = audio.createOscillator();
    oscillator.frequency.value = hertz;
    oscillator.connect(gain);
    oscillator.start();
    oscillator.stop(audio.currentTime + 0.15);
  }
}

/** Whether this browser can read aloud. */
export const canSpeak = () => typeof speechSynthesis !== 'undefined' && typeof SpeechSynthesisUtterance !== 'undefined';

/** Reads a text aloud after what is being read; `language` is BCP 47. */
export function speak(text: string, language: string | undefined): void {
  if (!canSpeak() || !text.trim()) return;
  const utterance = new SpeechSynthesisUtterance(text);
  if (language) utterance.lang = language;
  speechSynthesis.speak(utterance);
}

let playing: HTMLAudioElement | undefined;
let waiting: string[] = [];

function playNext(): void {
  const src = waiting.shift();
  if (!src) return void (playing = undefined);
  playing = new Audio(src);
  playing.onended = playing.onerror = playNext;
  playing.play().catch(playNext); // the page may not make a sound yet
}

/** Plays a recording of the gateway, which is of this origin, after those that play. */
export function playRecording(url: string): void {
  if (!URL.canParse(url)) return;
  waiting.push(new URL(url).pathname);
  if (!playing) playNext();
}

/** Stops reading aloud and playing. */
export function hush(): void {
  waiting = [];
  playing?.pause();
  playing = undefined;
  if (canSpeak()) speechSynthesis.cancel();
}
