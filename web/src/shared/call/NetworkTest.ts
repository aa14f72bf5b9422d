import { addSections, localOffer, received } from './offer';
import { browserLink, type LinkEnvironment } from './CallLink';
import { nothingTold, type Quality, tell } from './told';

/** What the server says of a way to it: good, fair, poor, or better by phone. */
export type Advice = 'good' | 'fair' | 'poor' | 'phone';

export interface NetworkTestState {
  /** busy: the server takes no further test now; failed: no way was found to it. */
  state: 'idle' | 'connecting' | 'running' | 'done' | 'busy' | 'failed';
  samples: Quality[];
  advice?: Advice;
  /** One's own sound and picture, as they come back. */
  echo: MediaStream | null;
}

const idle: NetworkTestState = { state: 'idle', samples: [], echo: null };

/** Milliseconds. */
export const testTiming = {
  /** To the first sample; a network that lets no media through never gives one. */
  first: 12_000,
  /** Of the samples that the advice is taken from; the first seconds of a connection are always slow. */
  length: 14_000,
};

const order: Advice[] = ['good', 'fair', 'poor', 'phone'];

/**
 * What several samples come to: the advice that at most one in five is worse
 * than. The first two are left out when there are more, since the bit rate is
 * still rising.
 */
export function verdictOf(advices: Advice[]): Advice | undefined {
  const counted = advices.length > 3 ? advices.slice(2) : advices;
  const sorted = [...counted].sort((a, b) => order.indexOf(b) - order.indexOf(a));
  return sorted[Math.floor(sorted.length / 5)];
}

/** The test of devices and network (docs/signalling.md): joins as a call is joined, and gets everything back. */
export class NetworkTest {
  private current = idle;
  private readonly listeners = new Set<() => void>();
  private ws: WebSocket | null = null;
  private pc: RTCPeerConnection | null = null;
  private advices: Advice[] = [];
  private candidates: RTCIceCandidateInit[] | null = null;
  private timers: ReturnType<typeof setTimeout>[] = [];

  constructor(private readonly url: string, private readonly env: LinkEnvironment = browserLink()) {}

  get snapshot(): NetworkTestState {
    return this.current;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private set(change: Partial<NetworkTestState>) {
    this.current = { ...this.current, ...change };
    for (const listener of this.listeners) listener();
  }

  start(audio: MediaStreamTrack | null, video: MediaStreamTrack | null): void {
    this.close();
    this.advices = [];
    this.set({ ...idle, advice: undefined, state: 'connecting' });
    const ws = this.env.openSocket(this.url);
    this.ws = ws;
    this.timers.push(setTimeout(() => this.end('failed', 'phone'), testTiming.first));
    ws.onmessage = (event) => {
      if (this.ws !== ws) return;
      try {
        this.receive(JSON.parse(String(event.data)) as Record<string, unknown>, audio, video);
      } catch {
        // not ours
      }
    };
    ws.onclose = (event) => {
      if (this.ws !== ws) return;
      if (event.code === 1013) this.end('busy');
      else if (this.current.samples.length > 0) this.end('done');
      else this.end('failed', 'phone');
    };
  }

  /** Gives all back; what was found stays. */
  stop(): void {
    if (this.current.state === 'connecting' || this.current.state === 'running') this.set({ state: 'idle', samples: [], advice: undefined });
    this.close();
  }

  private receive(m: Record<string, unknown>, audio: MediaStreamTrack | null, video: MediaStreamTrack | null) {
    switch (m.type) {
      case 'state':
        return void this.join(Array.isArray(m.ice_servers) ? (m.ice_servers as RTCIceServer[]) : undefined, audio, video);
      case 'answer':
        return void this.answered(String(m.sdp));
      case 'quality': {
        const quality = tell(nothingTold, m)?.quality?.customer;
        if (!quality) return;
        if (this.current.samples.length === 0) {
          this.clear();
          this.timers.push(setTimeout(() => this.end('done'), testTiming.length));
        }
        // Until something of us has arrived a sample says nothing.
        if (quality.up_bitrate > 0 && order.includes(m.advice as Advice)) this.advices.push(m.advice as Advice);
        this.set({ state: 'running', samples: [...this.current.samples, quality], advice: verdictOf(this.advices) });
        return;
      }
      case 'error':
        return this.end('failed');
    }
  }

  private async join(iceServers: RTCIceServer[] | undefined, audio: MediaStreamTrack | null, video: MediaStreamTrack | null) {
    if (this.pc) return;
    const pc = this.env.openPeer(iceServers);
    this.pc = pc;
    this.candidates = [];
    pc.onicecandidate = (event) => {
      if (this.pc !== pc || !event.candidate) return;
      const candidate = event.candidate.toJSON();
      if (this.candidates) this.candidates.push(candidate);
      else this.send({ type: 'candidate', candidate });
    };
    addSections(pc, 'test', { audio, video, screen: null }, this.env.codecs());
    try {
      await localOffer(pc);
    } catch {
      return this.end('failed');
    }
    if (this.pc === pc) this.send({ type: 'join', sdp: pc.localDescription?.sdp });
  }

  private async answered(sdp: string) {
    const { pc } = this;
    if (!pc) return;
    try {
      await pc.setRemoteDescription({ type: 'answer', sdp });
    } catch {
      return this.end('failed');
    }
    if (this.pc !== pc) return;
    for (const candidate of this.candidates ?? []) this.send({ type: 'candidate', candidate });
    this.candidates = null;
    this.set({ echo: received(pc, 'customer', this.env.newStream).remote });
  }

  private send(message: Record<string, unknown>) {
    if (this.ws?.readyState === 1) this.ws.send(JSON.stringify(message));
  }

  private end(state: NetworkTestState['state'], advice = this.current.advice) {
    this.close();
    this.set({ state, advice });
  }

  private clear() {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
  }

  private close() {
    this.clear();
    const { ws, pc } = this;
    this.ws = null;
    this.pc = null;
    this.candidates = null;
    ws?.close(1000);
    if (pc) {
      pc.onicecandidate = null;
      pc.close();
    }
    if (this.current.echo) this.set({ echo: null });
  }
}

/** The address of the test's socket on this origin. */
export function testURL(as: 'agent' | 'customer'): string {
  const url = new URL(`/v1/network-test?as=${as}`, window.location.href);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  return url.toString();
}
