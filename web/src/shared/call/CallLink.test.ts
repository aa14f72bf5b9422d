import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallLink, judge, type LinkEnvironment, socketURL, timing } from './CallLink';

class FakeSocket {
  readyState = 0;
  sent: Record<string, unknown>[] = [];
  onopen?: () => void;
  onmessage?: (e: { data: string }) => void;
  onclose?: (e: { code: number }) => void;
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close(code = 1000) {
    this.drop(code);
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  say(message: Record<string, unknown>) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  drop(code: number) {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code });
  }
  types() {
    return this.sent.map((m) => m.type);
  }
}

interface FakeTransceiver {
  direction: string;
  sender: { track: unknown; replaceTrack: (t: unknown) => Promise<void> };
  receiver: { track: { kind: string } };
  codecs?: string[];
  setCodecPreferences: (codecs: { mimeType: string }[]) => void;
}

class FakePeer {
  connectionState = 'new';
  localDescription: { sdp: string } | null = null;
  transceivers: FakeTransceiver[] = [];
  offers: unknown[] = [];
  closed = false;
  onicecandidate: ((e: unknown) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  addTransceiver(kind: string | { kind: string }, init: { direction: string }) {
    const track = typeof kind === 'string' ? null : kind;
    const t: FakeTransceiver = {
      direction: init.direction,
      sender: { track, replaceTrack: async (next) => void (t.sender.track = next) },
      receiver: { track: { kind: typeof kind === 'string' ? kind : kind.kind } },
      setCodecPreferences: (codecs) => void (t.codecs = codecs.map((c) => c.mimeType)),
    };
    this.transceivers.push(t);
    return t;
  }
  getTransceivers() {
    return this.transceivers;
  }
  async createOffer(options: unknown) {
    this.offers.push(options);
    return { sdp: `offer ${this.offers.length}` };
  }
  async setLocalDescription(d: { sdp: string }) {
    this.localDescription = d;
  }
  async setRemoteDescription() {}
  async getStats() {
    return new Map();
  }
  close() {
    this.closed = true;
  }
  become(state: string) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

let sockets: FakeSocket[];
let peers: FakePeer[];
const socket = () => sockets.at(-1)!;
const peer = () => peers.at(-1)!;

function environment(): LinkEnvironment {
  return {
    openSocket: () => {
      sockets.push(new FakeSocket());
      return socket() as unknown as WebSocket;
    },
    openPeer: () => {
      peers.push(new FakePeer());
      return peer() as unknown as RTCPeerConnection;
    },
    newStream: (tracks) => ({ tracks }) as unknown as MediaStream,
    videoCodecs: () => ['video/H264', 'video/rtx', 'video/VP8', 'video/AV1'].map((mimeType) => ({ mimeType, clockRate: 90000 })),
    now: () => Date.now(),
    random: () => 0.5,
  };
}

let link: CallLink;
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  sockets = [];
  peers = [];
  link = new CallLink('ws://x', environment());
});
afterEach(() => {
  link.stop();
  vi.useRealTimers();
});

async function connected() {
  link.start();
  socket().open();
  socket().say({ type: 'state', state: 'active', offset_ms: 4000 });
  await settle();
  socket().say({ type: 'answer', sdp: 'a' });
  await settle();
  peer().become('connected');
}

describe('joining', () => {
  it('waits while the call rings, then offers one sendrecv audio and one VP8 video section', async () => {
    link.start();
    socket().open();
    socket().say({ type: 'state', state: 'ringing' });
    await settle();
    expect([peers.length, link.snapshot.connection]).toEqual([0, 'waiting']);
    socket().say({ type: 'state', state: 'active' });
    await settle();
    expect(socket().sent).toEqual([{ type: 'join', sdp: 'offer 1' }]);
    expect(peer().transceivers.map((t) => [t.receiver.track.kind, t.direction])).toEqual([['audio', 'sendrecv'], ['video', 'sendrecv']]);
    expect(peer().transceivers[1]!.codecs).toEqual(['video/VP8', 'video/rtx']);
    expect(link.snapshot.connection).toBe('connecting');
  });

  it('keeps candidates until the answer, then is connected and knows the clock', async () => {
    link.start();
    socket().open();
    socket().say({ type: 'state', state: 'active', offset_ms: 4000, code_asked: true });
    await settle();
    peer().onicecandidate?.({ candidate: { toJSON: () => ({ candidate: 'c1' }) } });
    expect(socket().types()).toEqual(['join']);
    socket().say({ type: 'answer', sdp: 'a' });
    await settle();
    expect(socket().types()).toEqual(['join', 'candidate', 'muted']);
    peer().become('connected');
    expect(link.snapshot).toMatchObject({ connection: 'connected', startedAt: 996_000, codeAsked: true, codePassed: false });
    expect(link.snapshot.remote).not.toBeNull();
  });

  it('tells steps, the other side and its microphone', async () => {
    await connected();
    socket().say({ type: 'step', position: 2, kind: 'document_back', camera: 'environment' });
    socket().say({ type: 'peer', participant: 'agent', state: 'connected' });
    socket().say({ type: 'muted', participant: 'agent', audio: false, video: true });
    expect(link.snapshot.step).toEqual({ position: 2, kind: 'document_back', camera: 'environment' });
    expect(link.snapshot.peer).toEqual({ state: 'connected', audio: false, video: true });
    socket().say({ type: 'step' });
    expect(link.snapshot.step).toBeNull();
  });

  it('sends other tracks on the connection that stands', async () => {
    await connected();
    const track = { kind: 'video' };
    link.setTracks(null, track as MediaStreamTrack);
    expect(peer().transceivers.map((t) => t.sender.track)).toEqual([null, track]);
    expect(peers).toHaveLength(1);
  });
});

describe('a lost network', () => {
  it('restarts ICE when the connection stays away, on the same connection', async () => {
    await connected();
    peer().become('disconnected');
    expect(link.snapshot.connection).toBe('reconnecting');
    await vi.advanceTimersByTimeAsync(timing.disconnected - 1);
    expect(socket().types()).not.toContain('restart');
    await vi.advanceTimersByTimeAsync(1);
    expect(socket().types()).toContain('restart');
    expect(peer().offers.at(-1)).toEqual({ iceRestart: true });
    socket().say({ type: 'answer', sdp: 'b' });
    await settle();
    peer().become('connected');
    expect([link.snapshot.connection, peers.length]).toEqual(['connected', 1]);
  });

  it('does not restart when the connection came back by itself', async () => {
    await connected();
    peer().become('disconnected');
    peer().become('connected');
    await vi.advanceTimersByTimeAsync(timing.disconnected * 2);
    expect(socket().types()).not.toContain('restart');
  });

  it('joins anew when the server has nothing to restart', async () => {
    await connected();
    peer().become('failed');
    await settle();
    expect(socket().types().at(-1)).toBe('restart');
    socket().say({ type: 'error', code: 'not_joined', message: '' });
    await settle();
    expect(peers).toHaveLength(2);
    expect(peers[0]!.closed).toBe(true);
    expect(socket().types().at(-1)).toBe('join');
  });

  it('joins anew when an answered offer does not connect in time', async () => {
    await connected();
    peer().become('failed');
    await settle();
    socket().say({ type: 'answer', sdp: 'b' });
    await settle();
    await vi.advanceTimersByTimeAsync(timing.connect);
    expect(peers).toHaveLength(2);
  });

  it('restarts at once when the browser says that the network is back', async () => {
    await connected();
    window.dispatchEvent(new Event('online'));
    await settle();
    expect(socket().types()).toContain('restart');
  });
});

describe('the socket', () => {
  it('negotiates nothing when the socket comes back at once to a living connection', async () => {
    await connected();
    socket().drop(1006);
    await vi.advanceTimersByTimeAsync(500);
    socket().open();
    socket().say({ type: 'state', state: 'active' });
    await settle();
    expect([link.snapshot.socket, socket().types(), peers.length]).toEqual(['open', [], 1]);
  });

  it('backs off, then asks a server that was away whether it still has the connection', async () => {
    await connected();
    socket().drop(1006);
    expect(link.snapshot).toMatchObject({ socket: 'reconnecting', connection: 'connected' });
    await vi.advanceTimersByTimeAsync(500);
    expect(sockets).toHaveLength(2);
    socket().drop(1006);
    await vi.advanceTimersByTimeAsync(999);
    expect(sockets).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(sockets).toHaveLength(3);
    socket().open();
    socket().say({ type: 'state', state: 'active' });
    await settle();
    expect([link.snapshot.socket, socket().types(), peers.length]).toEqual(['open', ['restart'], 1]);
    // It was killed, and has nothing: a new connection at once, not when ICE gives up.
    socket().say({ type: 'error', code: 'not_joined', message: '' });
    await settle();
    expect([socket().types(), peers.length, peers[0]!.closed]).toEqual([['restart', 'join'], 2, true]);
  });

  it('joins anew after a restart of the server', async () => {
    await connected();
    socket().drop(1001);
    expect([peers[0]!.closed, link.snapshot.connection]).toEqual([true, 'reconnecting']);
    await vi.advanceTimersByTimeAsync(500);
    socket().open();
    socket().say({ type: 'state', state: 'active' });
    await settle();
    expect(socket().types()).toEqual(['join']);
  });

  it('takes a socket that answers no ping for dead', async () => {
    await connected();
    await vi.advanceTimersByTimeAsync(timing.ping);
    expect(socket().types()).toContain('ping');
    socket().say({ type: 'pong' });
    await vi.advanceTimersByTimeAsync(timing.ping * 2 + 600);
    expect(sockets.length).toBe(2);
  });

  it.each([
    [4001, 'replaced'],
    [4002, 'ended'],
    [1008, 'refused'],
  ] as const)('ends for good at %i', async (code, by) => {
    await connected();
    socket().drop(code);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(link.snapshot).toMatchObject({ socket: 'closed', closedBy: by, remote: null });
    expect([peer().closed, sockets.length]).toEqual([true, 1]);
  });

  it('comes back after it was replaced, when asked to', async () => {
    await connected();
    socket().drop(4001);
    link.start();
    socket().open();
    socket().say({ type: 'state', state: 'active' });
    await settle();
    expect([link.snapshot.closedBy, socket().types()]).toEqual([undefined, ['join']]);
  });

  it('ends with the call, says leave when it goes before, and leaves no timer', async () => {
    await connected();
    socket().say({ type: 'state', state: 'ended', reason: 'decided' });
    expect(link.snapshot).toMatchObject({ callState: 'ended', reason: 'decided', closedBy: 'ended' });
    expect(vi.getTimerCount()).toBe(0);

    link = new CallLink('ws://x', environment());
    await connected();
    const last = socket();
    link.stop();
    expect(last.types().at(-1)).toBe('leave');
    expect([peer().closed, vi.getTimerCount()]).toEqual([true, 0]);
  });
});

it('judges the quality', () => {
  const fine = { bytes: 90_000, lost: 0, got: 200, roundTrip: 0.05, expected: true };
  expect(judge(fine)).toBe('good');
  expect(judge({ ...fine, lost: 10 })).toBe('fair');
  expect(judge({ ...fine, lost: 40 })).toBe('poor');
  expect(judge({ ...fine, roundTrip: 0.5 })).toBe('fair');
  expect(judge({ ...fine, bytes: 0 })).toBe('poor');
  expect(judge({ ...fine, bytes: 0, expected: false })).toBe('unknown');
});

it('makes the address of the socket', () => {
  expect(socketURL('c1', 'customer')).toBe('ws://localhost:3000/v1/calls/c1/socket?as=customer');
});
