import { useEffect, useState } from 'react';

let shared: AudioContext | null = null;

function context(): AudioContext | null {
  if (!shared && typeof AudioContext !== 'undefined') shared = new AudioContext();
  return shared;
}

/**
 * Makes sound possible; browsers allow it only in an event handler of a touch,
 * click or key. Call it on any of them, as often as you like. Reports whether
 * sound can be heard now.
 */
export async function unlockSound(): Promise<boolean> {
  const audio = context();
  if (!audio) return false;
  if (audio.state !== 'running') await audio.resume().catch(() => {});
  return (audio.state as AudioContextState) === 'running';
}

/** Whether sound can be heard without another touch. */
export function soundUnlocked(): boolean {
  return shared?.state === 'running';
}

function note(audio: AudioContext, hertz: number, at: number, seconds: number, loud: number) {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.type = 'sine';
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(loud, at + 0.02);
  gain.gain.setValueAtTime(loud, at + seconds - 0.08);
  gain.gain.linearRampToValueAtTime(0, at + seconds);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + seconds + 0.05);
  return oscillator;
}

/** Three rising notes, to find out whether the loudspeaker is heard. */
export async function playChime(): Promise<boolean> {
  if (!(await unlockSound())) return false;
  const audio = context()!;
  [523.25, 659.25, 783.99].forEach((hertz, i) => note(audio, hertz, audio.currentTime + 0.05 + i * 0.22, 0.3, 0.25));
  return true;
}

/** Rings and vibrates, every three seconds, until the returned function is called. */
export function startRinging(): () => void {
  const playing: OscillatorNode[] = [];
  const ring = () => {
    navigator.vibrate?.([600, 200, 600]);
    const audio = shared;
    if (audio?.state !== 'running') return;
    playing.length = 0;
    for (const [i, hertz] of [659.25, 783.99, 659.25, 783.99].entries()) {
      playing.push(note(audio, hertz, audio.currentTime + 0.02 + i * 0.3, 0.26, 0.3));
    }
  };
  void unlockSound().then(() => ring());
  const timer = setInterval(ring, 3000);
  return () => {
    clearInterval(timer);
    navigator.vibrate?.(0);
    for (const oscillator of playing) {
      try {
        oscillator.stop();
      } catch {
        // it has ended
      }
    }
  };
}

/** How loud a microphone is, 0 to 1, ten times a second; 0 while there is none. */
export function useLevel(track: MediaStreamTrack | undefined): number {
  const [level, setLevel] = useState(0);
  useEffect(() => {
    const audio = context();
    if (!track || !audio) return;
    const source = audio.createMediaStreamSource(new MediaStream([track]));
    const analyser = audio.createAnalyser();
    analyser.fftSize = 1024;
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const s of samples) sum += s * s;
      // Speech lies between -50 and -10 dB.
      const decibels = 10 * Math.log10(sum / samples.length + 1e-9);
      setLevel(Math.min(1, Math.max(0, (decibels + 50) / 40)));
    }, 100);
    return () => {
      clearInterval(timer);
      source.disconnect();
      setLevel(0);
    };
  }, [track]);
  return level;
}
