import type { CallRole } from './CallLink';

/** Most bits a second that the picture may take: 720p as a document needs it. */
const maxVideoBitrate = 2_000_000;
/** Of a shared screen, whose letters must be read; it changes seldom. */
const maxScreenBitrate = 1_500_000;

/** What the two sides may have in a call beside themselves: supervisor, interpreter, helper; two are heard and seen at once. */
const thirds = 2;

export interface Codecs {
  audio: RTCRtpCodec[];
  video: RTCRtpCodec[];
}

export interface Tracks {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
  screen: MediaStreamTrack | null;
}

/**
 * Adds the sections that a call may ever need, since there is no second
 * negotiation (docs/signalling.md): sound and picture, a screen (the customer
 * sends it, the agent gets it), and what third parties send. `test` offers the
 * first two alone.
 */
export function addSections(pc: RTCPeerConnection, role: CallRole | 'test', tracks: Tracks, codecs: Codecs): void {
  const prefer = (t: RTCRtpTransceiver, of: RTCRtpCodec[], first: RegExp, rest: RegExp) => {
    const found = of.filter((c) => first.test(c.mimeType));
    if (found.length > 0) t.setCodecPreferences?.([...found, ...of.filter((c) => !first.test(c.mimeType) && rest.test(c.mimeType))]);
  };
  // RED before Opus: each packet carries the one before again, and a lost one is not heard.
  const audio = (t: RTCRtpTransceiver) => prefer(t, codecs.audio, /^audio\/red$/i, /^audio\/(opus|telephone-event|CN)$/i);
  // VP8, because the server makes stills of it.
  const video = (t: RTCRtpTransceiver) => prefer(t, codecs.video, /^video\/vp8$/i, /^video\/(rtx|red|ulpfec|flexfec-03)$/i);
  audio(pc.addTransceiver(tracks.audio ?? 'audio', { direction: 'sendrecv' }));
  video(pc.addTransceiver(tracks.video ?? 'video', { direction: 'sendrecv', sendEncodings: [{ maxBitrate: maxVideoBitrate }] }));
  if (role === 'test') return;
  video(
    role === 'customer'
      ? pc.addTransceiver(tracks.screen ?? 'video', { direction: 'sendrecv', sendEncodings: [{ maxBitrate: maxScreenBitrate }] })
      : pc.addTransceiver('video', { direction: 'recvonly' }),
  );
  for (let i = 0; i < thirds; i++) {
    audio(pc.addTransceiver('audio', { direction: 'recvonly' }));
    video(pc.addTransceiver('video', { direction: 'recvonly' }));
  }
}

/** The transceivers of one kind, in the order of their sections. */
function ofKind(pc: RTCPeerConnection, kind: 'audio' | 'video'): RTCRtpTransceiver[] {
  return pc.getTransceivers().filter((t) => t.receiver.track.kind === kind);
}

/** Puts the tracks into the sections that are sent. Rejects when one cannot be changed without another negotiation. */
export async function sendTracks(pc: RTCPeerConnection, role: CallRole, tracks: Tracks): Promise<void> {
  const put = async (t: RTCRtpTransceiver | undefined, track: MediaStreamTrack | null) => {
    if (t && t.sender.track !== track) await t.sender.replaceTrack(track);
  };
  const video = ofKind(pc, 'video');
  await Promise.all([
    put(ofKind(pc, 'audio')[0], tracks.audio),
    put(video[0], tracks.video),
    role === 'customer' ? put(video[1], tracks.screen) : undefined,
  ]);
}

/** What arrives: the other side, the customer's screen, and third parties in the order in which they came. */
export interface Received {
  remote: MediaStream;
  screen: MediaStream | null;
  thirds: MediaStream[];
}

export function received(pc: RTCPeerConnection, role: CallRole, newStream: (tracks: MediaStreamTrack[]) => MediaStream): Received {
  const track = (t: RTCRtpTransceiver | undefined) => (t ? [t.receiver.track] : []);
  const audio = ofKind(pc, 'audio');
  const video = ofKind(pc, 'video');
  return {
    remote: newStream([...track(audio[0]), ...track(video[0])]),
    screen: role === 'agent' && video[1] ? newStream(track(video[1])) : null,
    thirds: audio.slice(1).map((a, i) => newStream([...track(a), ...track(video[i + 2])])),
  };
}

/**
 * Asks for lost packets of sound again, too (RFC 4585): browsers can, and offer
 * it for the picture only.
 */
export function withAudioNack(sdp: string): string {
  const sections = sdp.split(/(?=^m=)/m);
  return sections
    .map((section) => {
      if (!section.startsWith('m=audio')) return section;
      return section.replace(/^a=rtpmap:(\d+) opus\/48000\/2\r?\n/gim, (line, pt: string) =>
        new RegExp(`^a=rtcp-fb:${pt} nack\\r?$`, 'm').test(section) ? line : `${line}a=rtcp-fb:${pt} nack\r\n`,
      );
    })
    .join('');
}

/** Makes the local offer; a browser that refuses the changed one gives its own. */
export async function localOffer(pc: RTCPeerConnection, options?: RTCOfferOptions): Promise<void> {
  const offer = await pc.createOffer(options);
  const sdp = withAudioNack(offer.sdp ?? '');
  if (sdp !== offer.sdp) {
    try {
      await pc.setLocalDescription({ type: 'offer', sdp });
      return;
    } catch {
      // then as the browser made it
    }
  }
  await pc.setLocalDescription(offer);
}
