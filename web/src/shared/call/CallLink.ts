import type { Schema } from '../../api';
import type { Facing } from './devices';
import { addSections, type Codecs, localOffer, received, sendTracks, type Tracks } from './offer';
import { draw, levelOf, nothingTold, type Point, type Surface, tell, type Told } from './told';

export type CallRole = Schema<'Participant'>;

interface Side {
  state: 'expected' | 'connected' | 'away';
  audio: boolean;
  video: boolean;
}

export interface CallLinkState extends Told {
  /** The signalling. closed: for good, see `closedBy`. */
  socket: 'connecting' | 'open' | 'reconnecting' | 'closed';
  /** ended: the call is over; replaced: opened in another tab or on another device; refused: not ours; left: by us; unseated: handed over, sent away, or of another role now. */
  closedBy?: 'ended' | 'replaced' | 'refused' | 'left' | 'unseated';
  /** Sound and picture. waiting: the call is not answered yet; reconnecting: they were there and were lost. */
  connection: 'waiting' | 'connecting' | 'connected' | 'reconnecting';
  /** The other side; its microphone and camera are on unless it said otherwise. */
  peer: Side;
  /** Guest only: the agent, who is the first of `thirds`; `peer` is the customer. */
  agent: Side;
  /** What the agent has opened; null = none. */
  step: { position: number; kind: Schema<'StepKind'>; camera: Facing } | null;
  callState?: Schema<'CallState'>;
  reason?: string;
  codeAsked: boolean;
  codePassed: boolean;
  /** Zero of the recording's clock on this device's clock, milliseconds since 1970; undefined before the call is on. */
  startedAt?: number;
  /** Of this side's connection. */
  level: 'unknown' | 'good' | 'fair' | 'poor';
  /** The other side's sound and picture. */
  remote: MediaStream | null;
  /** Agent only: the customer's screen; there is something to see when `sharing`. */
  screen: MediaStream | null;
  /** Third parties' sound and picture, in the order in which they came. */
  thirds: MediaStream[];
  /** Agent only: sides whose recording has stopped. */
  recordingFailed: CallRole[];
  /** The last message that the server refused. */
  refused?: { code: string; message: string };
}

/** What CallLink takes from the browser. Timers are the window's. */
export interface LinkEnvironment {
  openSocket(url: string): WebSocket;
  openPeer(iceServers?: RTCIceServer[]): RTCPeerConnection;
  newStream(tracks: MediaStreamTrack[]): MediaStream;
  codecs(): Codecs;
  now(): number;
  random(): number;
}

export function browserLink(): LinkEnvironment {
  return {
    openSocket: (url) => new WebSocket(url),
    openPeer: (iceServers) => new RTCPeerConnection({ bundlePolicy: 'max-bundle', ...(iceServers ? { iceServers } : {}) }),
    newStream: (tracks) => new MediaStream(tracks),
    codecs: () => ({ audio: RTCRtpReceiver.getCapabilities?.('audio')?.codecs ?? [], video: RTCRtpReceiver.getCapabilities?.('video')?.codecs ?? [] }),
    now: () => Date.now(),
    random: () => Math.random(),
  };
}

/** Milliseconds. */
export const timing = {
  /** ICE often comes back by itself from "disconnected". */
  disconnected: 2_000,
  /** From the answer to "connected", else everything is negotiated afresh. */
  connect: 12_000,
  answer: 10_000,
  ping: 10_000,
  backoff: 500,
  backoffMax: 8_000,
  stats: 2_000,
};

/** Whether this browser can share a screen: those of phones cannot. */
export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

type Timer = ReturnType<typeof setTimeout> | undefined;

/**
 * One side of a call: the signalling socket (docs/signalling.md) and the
 * connection for sound and picture, both kept up until the call is over.
 */
export class CallLink {
  private current: CallLinkState = {
    socket: 'connecting', connection: 'waiting', peer: { state: 'expected', audio: true, video: true }, agent: { state: 'expected', audio: true, video: true }, step: null,
    codeAsked: false, codePassed: false, level: 'unknown', remote: null, screen: null, thirds: [], recordingFailed: [], ...nothingTold,
  };
  private readonly listeners = new Set<() => void>();
  private ws: WebSocket | null = null;
  private pc: RTCPeerConnection | null = null;
  private tracks: Tracks = { audio: null, video: null, screen: null };
  private iceServers: RTCIceServer[] | undefined;
  private strokes = 0;
  private on = { audio: true, video: true };
  private lessData = false;
  /** The offer that no answer has come to yet. */
  private pending: { pc: RTCPeerConnection; kind: 'join' | 'restart'; candidates: RTCIceCandidateInit[] } | null = null;
  private attempts = 0;
  private rejoins = 0;
  private wasConnected = false;
  /** The server could not be reached since the last `state`: it may have been killed and know nothing of our connection. */
  private unreachable = false;
  private timers: Record<'socket' | 'answer' | 'connect' | 'disconnected' | 'ping' | 'pong' | 'stats', Timer> = {
    socket: undefined, answer: undefined, connect: undefined, disconnected: undefined, ping: undefined, pong: undefined, stats: undefined,
  };
  private lastStats: { bytes: number; lost: number; got: number } | null = null;
  private stopped = true;

  constructor(private readonly url: string, private readonly role: CallRole, private readonly env: LinkEnvironment = browserLink(), private readonly guest = false) {}

  get snapshot(): CallLinkState {
    return this.current;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private set(change: Partial<CallLinkState>) {
    this.current = { ...this.current, ...change };
    for (const listener of this.listeners) listener();
  }

  /** Connects, and again after it was replaced by another page of this side. */
  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    window.addEventListener('online', this.networkChanged);
    networkInformation()?.addEventListener('change', this.networkChanged);
    this.set({ socket: 'connecting', closedBy: undefined });
    this.connect();
  }

  /** Leaves: the call goes on for the other side, for the grace time. Ending a call is POST …/hangup. */
  stop(): void {
    if (!this.stopped) this.send({ type: 'leave' });
    this.close('left');
  }

  /** What is sent; null for none. The connection stays, the tracks change. */
  setTracks(audio: MediaStreamTrack | null, video: MediaStreamTrack | null): void {
    this.tracks = { ...this.tracks, audio, video };
    this.putTracks();
  }

  /** Customer only: shares a screen, or with null no more. */
  setScreen(track: MediaStreamTrack | null): void {
    if (this.tracks.screen === track) return;
    this.tracks = { ...this.tracks, screen: track };
    this.putTracks();
    this.send({ type: 'screen', on: track !== null });
    this.set(tell(this.current, { type: 'screen', on: track !== null })!);
  }

  /** Agent only: asks the customer to share the screen; false when it could not be sent. */
  askScreen(): boolean {
    return this.send({ type: 'ask_screen' });
  }

  private putTracks() {
    const { pc } = this;
    if (pc) void sendTracks(pc, this.role, this.tracks).catch(() => this.pc === pc && this.join());
  }

  /** Writes a line into the call; false when it could not be sent. It shows once the server has it. */
  say(kind: 'chat' | 'caption', text: string): boolean {
    return this.send({ type: kind, text });
  }

  /** Agent only: where the pointer is over the customer's picture; null = gone. */
  point(surface: Surface, at: Point | null): void {
    this.send({ type: 'pointer', surface, ...(at ? { x: at[0], y: at[1], on: true } : { on: false }) });
    this.set({ pointer: at ? { surface, at } : null });
  }

  /** Agent only: begins a stroke; its number is for `draw`. */
  newStroke(): number {
    // Numbers go on after a reload, so that old strokes stay what they are.
    this.strokes = Math.max(this.strokes, this.env.now() % 1_000_000_000) + 1;
    return this.strokes;
  }

  /** Agent only: more of a stroke; stroke 0 takes all away. */
  draw(surface: Surface, stroke: number, points: Point[]): void {
    for (let i = 0; i === 0 || i < points.length; i += 256) this.send({ type: 'draw', surface, stroke, points: points.slice(i, i + 256) });
    this.set({ strokes: draw(this.current.strokes, surface, stroke, points) });
  }

  /** Tells the other side whether microphone and camera are on. */
  setOn(audio: boolean, video: boolean): void {
    if (this.on.audio === audio && this.on.video === video) return;
    this.on = { audio, video };
    this.send({ type: 'muted', ...this.on });
  }

  /** Customer only: whether the connection is to carry little; no picture comes then. */
  setLessData(on: boolean): void {
    if (this.lessData === on) return;
    this.lessData = on;
    this.send({ type: 'less_data', on });
  }

  /** Agent only: opens a step of the script; 0 = none. */
  openStep(position: number): void {
    this.send({ type: 'step', position });
  }

  private tellAll() {
    this.send({ type: 'muted', ...this.on });
    if (this.tracks.screen) this.send({ type: 'screen', on: true });
    else if (this.role === 'customer') this.send({ type: 'screen', on: false, possible: canShareScreen() });
    if (this.lessData) this.send({ type: 'less_data', on: true });
  }

  private send(message: Record<string, unknown>): boolean {
    if (this.ws?.readyState !== 1) return false;
    this.ws.send(JSON.stringify(message));
    return true;
  }

  private clear(...names: (keyof CallLink['timers'])[]) {
    for (const name of names.length > 0 ? names : (Object.keys(this.timers) as (keyof CallLink['timers'])[])) {
      clearTimeout(this.timers[name]);
      this.timers[name] = undefined;
    }
  }

  private after(name: keyof CallLink['timers'], ms: number, fn: () => void) {
    this.clear(name);
    this.timers[name] = setTimeout(fn, ms);
  }

  private connect() {
    this.clear('socket');
    const ws = this.env.openSocket(this.url);
    this.ws = ws;
    ws.onopen = () => {
      if (this.ws !== ws) return;
      this.attempts = 0;
      this.set({ socket: 'open' });
      this.ping();
    };
    ws.onmessage = (event) => {
      if (this.ws !== ws) return;
      this.clear('pong');
      let message: Record<string, unknown>;
      try {
        message = JSON.parse(String(event.data)) as Record<string, unknown>;
      } catch {
        return;
      }
      this.receive(message);
    };
    ws.onclose = (event) => {
      if (this.ws === ws) this.socketClosed(event.code);
    };
  }

  private socketClosed(code: number) {
    this.ws = null;
    this.pending = null;
    this.clear('ping', 'pong', 'answer');
    if (code === 4001) return this.close('replaced');
    if (code === 4002) return this.close('ended');
    if (code === 4003) return this.close('unseated');
    if (code === 1008) return this.close('refused');
    // 1001: the server restarts, and our connection with it.
    if (code === 1001) this.drop();
    if (this.attempts > 0) this.unreachable = true;
    this.set({ socket: this.current.socket === 'connecting' ? 'connecting' : 'reconnecting' });
    const wait = Math.min(timing.backoffMax, timing.backoff * 2 ** this.attempts++) * (0.75 + this.env.random() / 2);
    this.after('socket', wait, () => this.connect());
  }

  /** Asks for a sign of life; a socket that gives none is dead, whatever the browser thinks. */
  private ping() {
    this.after('ping', timing.ping, () => {
      if (!this.send({ type: 'ping' })) return;
      this.after('pong', timing.ping, () => {
        const ws = this.ws;
        this.ws = null;
        ws?.close();
        this.socketClosed(1006);
      });
      this.ping();
    });
  }

  private receive(m: Record<string, unknown>) {
    switch (m.type) {
      case 'state':
        return this.stateTold(m);
      case 'answer':
        return void this.answered(String(m.sdp));
      case 'peer': {
        const state = m.state as Side['state'];
        if (this.guest && m.participant === 'agent') return this.set({ agent: { ...this.current.agent, state } });
        this.set({
          peer: { ...this.current.peer, state },
          // Whoever has gone shares nothing, and says so again when they are back.
          ...(this.role === 'agent' && state !== 'connected' ? { sharing: false, floorMissed: false, savesData: false } : {}),
        });
        if (state === 'connected') this.tellAll(); // a page that came later has not heard
        return;
      }
      case 'step':
        return this.set({
          step: typeof m.position === 'number' && m.position > 0
            ? { position: m.position, kind: m.kind as Schema<'StepKind'>, camera: m.camera === 'environment' ? 'environment' : 'user' }
            : null,
        });
      case 'muted': {
        const on = { audio: m.audio !== false, video: m.video !== false };
        if (this.guest && m.participant === 'agent') return this.set({ agent: { ...this.current.agent, ...on } });
        // A third party's microphone is not that of who is across.
        if (m.participant !== undefined && m.participant !== 'agent' && m.participant !== 'customer') return;
        return this.set({ peer: { ...this.current.peer, ...on } });
      }
      case 'recording':
        if (m.state === 'failed') this.set({ recordingFailed: [...new Set([...this.current.recordingFailed, m.participant as CallRole])] });
        return;
      case 'error':
        return this.refusedBy(String(m.code ?? ''), String(m.message ?? ''));
    }
    const change = tell(this.current, m);
    if (!change) return;
    const own = change.quality?.[this.role];
    this.set(own ? { ...change, level: levelOf(own) } : change);
  }

  private stateTold(m: Record<string, unknown>) {
    const callState = m.state as Schema<'CallState'>;
    const offset = typeof m.offset_ms === 'number' ? m.offset_ms : 0;
    if (Array.isArray(m.ice_servers)) this.iceServers = m.ice_servers as RTCIceServer[];
    this.set({
      callState,
      reason: typeof m.reason === 'string' ? m.reason : '',
      codeAsked: m.code_asked === true,
      codePassed: m.code_passed === true,
      startedAt: callState === 'active' ? this.env.now() - offset : this.current.startedAt,
    });
    if (callState === 'ringing') return;
    if (callState !== 'active') return this.close('ended');
    const { unreachable } = this;
    this.unreachable = false;
    if (this.pending) return;
    if (!this.pc) this.join();
    // ICE takes seconds to see that nobody is there any more; a restart asks at once, and is refused by a server that does not know us.
    else if (unreachable || this.current.connection === 'reconnecting') this.restart();
  }

  private refusedBy(code: string, message: string) {
    this.set({ refused: { code, message } });
    const negotiation = ['not_joined', 'bad_media', 'full', 'wrong_node', 'shutting_down', 'internal', 'call_ringing'].includes(code);
    if (!this.pending || !negotiation) return;
    const { kind } = this.pending;
    this.pending = null;
    this.clear('answer');
    if (code === 'call_ringing') return this.drop();
    // A restart of what the server no longer has begins anew at once; a join that was refused waits.
    if (kind === 'restart') this.join();
    else this.after('answer', Math.min(timing.backoffMax, 1000 * 2 ** this.rejoins++), () => this.join());
  }

  /** Forgets the connection for sound and picture. */
  private drop() {
    const pc = this.pc;
    this.pc = null;
    this.pending = null;
    this.lastStats = null;
    this.clear('answer', 'connect', 'disconnected', 'stats');
    if (pc) {
      pc.onicecandidate = pc.onconnectionstatechange = pc.ontrack = null;
      pc.close();
    }
    this.set({ connection: this.wasConnected ? 'reconnecting' : 'waiting', level: 'unknown', quality: {} });
  }

  /** A new connection. */
  private join() {
    if (this.stopped || this.current.callState !== 'active') return;
    this.drop();
    const pc = this.env.openPeer(this.iceServers);
    this.pc = pc;
    this.set({ connection: this.wasConnected ? 'reconnecting' : 'connecting' });
    addSections(pc, this.role, this.tracks, this.env.codecs());
    pc.onicecandidate = (event) => {
      if (this.pc !== pc || !event.candidate) return;
      const candidate = event.candidate.toJSON();
      // What comes before the answer waits for it: the server has nobody to give it to.
      if (this.pending?.pc === pc) this.pending.candidates.push(candidate);
      else this.send({ type: 'candidate', candidate });
    };
    pc.onconnectionstatechange = () => {
      if (this.pc === pc) this.connectionChanged(pc.connectionState);
    };
    void this.offer(pc, 'join');
  }

  /** A new path for the connection that stands. */
  private restart() {
    const { pc } = this;
    if (this.stopped || !pc || this.pending) return;
    if (this.ws?.readyState !== 1) return; // the state that comes with the new socket restarts
    void this.offer(pc, 'restart');
  }

  private async offer(pc: RTCPeerConnection, kind: 'join' | 'restart') {
    const pending = { pc, kind, candidates: [] as RTCIceCandidateInit[] };
    this.pending = pending;
    try {
      await localOffer(pc, kind === 'restart' ? { iceRestart: true } : undefined);
    } catch {
      if (this.pending === pending) this.after('answer', 1000, () => this.join());
      return;
    }
    if (this.pc !== pc || this.pending !== pending) return;
    if (!this.send({ type: kind, sdp: pc.localDescription?.sdp, ...(this.lessData ? { less_data: true } : {}) })) {
      this.pending = null;
      if (kind === 'join') this.drop(); // the state that comes with the new socket joins
      return;
    }
    this.after('answer', timing.answer, () => this.join());
  }

  private async answered(sdp: string) {
    const { pending } = this;
    if (!pending || pending.pc !== this.pc) return;
    this.clear('answer');
    const { pc } = pending;
    try {
      await pc.setRemoteDescription({ type: 'answer', sdp });
    } catch {
      if (this.pc === pc) this.after('answer', 1000, () => this.join());
      return;
    }
    if (this.pc !== pc || this.pending !== pending) return;
    this.pending = null;
    for (const candidate of pending.candidates) this.send({ type: 'candidate', candidate });
    this.tellAll();
    if (pending.kind === 'join') {
      this.putTracks();
      this.set(received(pc, this.role, this.env.newStream));
    }
    if (pc.connectionState !== 'connected') this.after('connect', timing.connect, () => this.join());
    else this.connectionChanged('connected');
  }

  private connectionChanged(state: RTCPeerConnectionState) {
    switch (state) {
      case 'connected':
        this.clear('connect', 'disconnected');
        this.rejoins = 0;
        this.wasConnected = true;
        this.set({ connection: 'connected' });
        if (!this.timers.stats) this.measure();
        return;
      case 'disconnected':
        this.set({ connection: 'reconnecting' });
        return this.after('disconnected', timing.disconnected, () => this.restart());
      case 'failed':
        this.clear('disconnected');
        this.set({ connection: this.wasConnected ? 'reconnecting' : 'connecting' });
        // A restart that failed too: begin anew.
        if (this.timers.connect) return this.join();
        return this.restart();
    }
  }

  private readonly networkChanged = () => {
    if (this.stopped) return;
    if (this.ws?.readyState === 1) {
      this.send({ type: 'ping' });
      this.after('pong', 3_000, () => {
        const ws = this.ws;
        this.ws = null;
        ws?.close();
        this.socketClosed(1006);
      });
      return this.restart();
    }
    if (this.ws) return; // connecting
    this.attempts = 0;
    this.connect();
  };

  /** Judges the way in: lost packets, round trip, and whether anything arrives. */
  private measure() {
    this.after('stats', timing.stats, async () => {
      const { pc } = this;
      if (!pc || this.current.connection !== 'connected') return void (this.timers.stats = undefined);
      const report = await pc.getStats().catch(() => null);
      if (this.pc !== pc || !report) return;
      let [bytes, lost, got, roundTrip] = [0, 0, 0, 0];
      report.forEach((s: Record<string, unknown>) => {
        const n = (name: string) => (typeof s[name] === 'number' ? (s[name] as number) : 0);
        if (s.type === 'inbound-rtp') {
          bytes += n('bytesReceived');
          lost += Math.max(0, n('packetsLost'));
          got += n('packetsReceived');
        }
        if (s.type === 'candidate-pair' && s.nominated) roundTrip = Math.max(roundTrip, n('currentRoundTripTime'));
      });
      const before = this.lastStats;
      this.lastStats = { bytes, lost, got };
      if (before && !this.current.quality[this.role]) this.set({ level: judge({ bytes: bytes - before.bytes, lost: lost - before.lost, got: got - before.got, roundTrip, expected: this.current.peer.state === 'connected' }) });
      this.measure();
    });
  }

  private close(by: NonNullable<CallLinkState['closedBy']>) {
    if (this.current.closedBy && this.stopped) return;
    this.stopped = true;
    window.removeEventListener('online', this.networkChanged);
    networkInformation()?.removeEventListener('change', this.networkChanged);
    const ws = this.ws;
    this.ws = null;
    ws?.close(1000);
    this.drop();
    this.clear();
    this.wasConnected = false;
    this.set({ socket: 'closed', closedBy: by, connection: 'waiting', remote: null, screen: null, thirds: [], step: null, pointer: null });
  }
}

/** The quality of the last two seconds; roundTrip in seconds. */
export function judge(s: { bytes: number; lost: number; got: number; roundTrip: number; expected: boolean }): CallLinkState['level'] {
  if (!s.expected) return 'unknown';
  const share = s.lost / Math.max(1, s.lost + s.got);
  if (s.bytes === 0 || share > 0.1 || s.roundTrip > 0.8) return 'poor';
  if (share > 0.03 || s.roundTrip > 0.35) return 'fair';
  return 'good';
}

function networkInformation(): EventTarget | undefined {
  return (navigator as { connection?: EventTarget }).connection;
}

/** The address of a call's socket on this origin. */
export function socketURL(callId: string, role: CallRole, path?: string): string {
  const url = new URL(path || `/v1/calls/${encodeURIComponent(callId)}/socket`, window.location.href);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  url.searchParams.set('as', role);
  return url.toString();
}
