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
    codecs: () => ({
      audio: ['audio/opus', 'audio/red', 'audio/G722', 'audio/telephone-event'].map((mimeType) => ({ mimeType, clockRate: 48000 })),
      video: ['video/H264', 'video/rtx', 'video/VP8', 'video/AV1'].map((mimeType) => ({ mimeType, clockRate: 90000 })),
    }),
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
  link = new CallLink('ws://x', 'customer', environment());
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
  it('waits while the call rings, then offers sound, picture, screen and spare sections, RED and VP8 first', async () => {
    link.start();
    socket().open();
    socket().say({ type: 'state', state: 'ringing' });
    await settle();
    expect([peers.length, link.snapshot.connection]).toEqual([0, 'waiting']);
    socket().say({ type: 'state', state: 'active' });
    await settle();
    expect(socket().sent).toEqual([{ type: 'join', sdp: 'offer 1' }]);
    expect(peer().transceivers.map((t) => [t.receiver.track.kind, t.direction])).toEqual([
      ['audio', 'sendrecv'], ['video', 'sendrecv'],
      ['video', 'sendrecv'], // the customer's screen
      ['audio', 'recvonly'], ['video', 'recvonly'], ['audio', 'recvonly'], ['video', 'recvonly'], // third parties
    ]);
    expect(peer().transceivers[0]!.codecs).toEqual(['audio/red', 'audio/opus', 'audio/telephone-event']);
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
    expect(socket().types()).toEqual(['join', 'candidate', 'muted', 'screen']);
    peer().become('connected');
    expect(link.snapshot).toMatchObject({ connection: 'connected', startedAt: 996_000, codeAsked: true, codePassed: false });
    expect(link.snapshot.remote).not.toBeNull();
  });

  it('says with the join, at once and to who comes later that the connection is to carry little', async () => {
    link.setLessData(true);
    await connected();
    expect(socket().sent[0]).toMatchObject({ type: 'join', less_data: true });
    const said = () => socket().sent.filter((m) => m.type === 'less_data').map((m) => m.on);
    socket().say({ type: 'peer', participant: 'agent', state: 'connected' });
    link.setLessData(true);
    link.setLessData(false);
    socket().say({ type: 'peer', participant: 'agent', state: 'connected' });
    expect(said()).toEqual([true, true, false]);
  });

  it('tells the agent of a customer who saves data, until they have gone', async () => {
    await connected();
    socket().say({ type: 'less_data', participant: 'customer', on: true });
    expect(link.snapshot.savesData).toBe(true);
    socket().say({ type: 'less_data', participant: 'customer', on: false });
    expect(link.snapshot.savesData).toBe(false);
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
    expect(peer().transceivers.map((t) => t.sender.track)).toEqual([null, track, null, null, null, null, null]);
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

    link = new CallLink('ws://x', 'customer', environment());
    await connected();
    const last = socket();
    link.stop();
    expect(last.types().at(-1)).toBe('leave');
    expect([peer().closed, vi.getTimerCount()]).toEqual([true, 0]);
  });
});

describe('what is told', () => {
  const line = (id: string, body = id) => ({ id, role: 'agent', kind: 'chat', body, offset_ms: 0, at: '2026-01-01T00:00:00Z' });

  it('uses the TURN servers of the first state', async () => {
    const given: unknown[] = [];
    link = new CallLink('ws://x', 'customer', { ...environment(), openPeer: (servers) => (given.push(servers), environment().openPeer()) });
    link.start();
    socket().open();
    const servers = [{ urls: ['turn:x'], username: 'u', credential: 'c' }];
    socket().say({ type: 'state', state: 'active', ice_servers: servers });
    await settle();
    expect(given).toEqual([servers]);
  });

  it('shares the screen in its own section, says so, and again to an agent who comes back', async () => {
    await connected();
    const track = { kind: 'video' } as MediaStreamTrack;
    link.setScreen(track);
    expect(peer().transceivers.map((t) => t.sender.track === track)).toEqual([false, false, true, false, false, false, false]);
    expect(socket().sent.at(-1)).toEqual({ type: 'screen', on: true });
    socket().say({ type: 'peer', state: 'connected' });
    expect(socket().sent.slice(-2)).toEqual([{ type: 'muted', audio: true, video: true }, { type: 'screen', on: true }]);
    socket().say({ type: 'draw', surface: 'screen', stroke: 1, points: [[0, 0]] });
    link.setScreen(null);
    expect([socket().sent.at(-1), link.snapshot.sharing, link.snapshot.strokes]).toEqual([{ type: 'screen', on: false }, false, []]);
  });

  it('keeps the conversation once and in order, though a reconnect tells all of it again', async () => {
    await connected();
    for (const id of ['b', 'a', 'b', 'a']) socket().say({ type: 'chat', line: line(id) });
    expect(link.snapshot.lines.map((l) => l.id)).toEqual(['a', 'b']);
    expect(link.say('caption', 'hello')).toBe(true);
    expect(socket().sent.at(-1)).toEqual({ type: 'caption', text: 'hello' });
    socket().drop(1006);
    expect(link.say('chat', 'lost')).toBe(false);
  });

  it('draws stroke by stroke, at most 256 points a message, and takes only the surface away', async () => {
    link = new CallLink('ws://x', 'agent', environment());
    await connected();
    const stroke = link.newStroke();
    link.draw('camera', stroke, Array.from({ length: 300 }, (_, i) => [i / 300, 0.5]));
    link.draw('screen', link.newStroke(), [[0.1, 0.2]]);
    expect(socket().sent.filter((m) => m.type === 'draw').map((m) => (m.points as unknown[]).length)).toEqual([256, 44, 1]);
    expect(link.snapshot.strokes.map((s) => [s.surface, s.points.length])).toEqual([['camera', 300], ['screen', 1]]);
    link.draw('camera', 0, []);
    expect(link.snapshot.strokes.map((s) => s.surface)).toEqual(['screen']);
    expect(socket().sent.at(-1)).toEqual({ type: 'draw', surface: 'camera', stroke: 0, points: [] });
  });

  it('the agent sees no screen of a customer who has gone', async () => {
    link = new CallLink('ws://x', 'agent', environment());
    await connected();
    socket().say({ type: 'screen', on: true });
    expect([link.snapshot.sharing, link.snapshot.screen !== null]).toEqual([true, true]);
    socket().say({ type: 'peer', state: 'away' });
    expect(link.snapshot.sharing).toBe(false);
  });

  it('goes by the server for its own quality', async () => {
    await connected();
    const quality = { up_audio_loss: 0, up_video_loss: 0.2, down_audio_loss: 0, down_video_loss: 0, up_jitter_ms: 1, down_jitter_ms: 1, rtt_ms: 20, r: 90, mos: 4.3 };
    socket().say({ type: 'quality', participant: 'agent', quality });
    expect(link.snapshot.level).toBe('unknown');
    socket().say({ type: 'quality', participant: 'customer', quality });
    expect([link.snapshot.level, link.snapshot.quality.customer?.up_video_loss]).toEqual(['poor', 0.2]);
    socket().say({ type: 'floor', participant: 'customer', state: 'missed' });
    expect(link.snapshot.floorMissed).toBe(true);
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

describe('beside the two parties', () => {
  const open = async () => {
    link.stop();
    link = new CallLink('ws://x', 'agent', environment(), true);
    link.start();
    socket().open();
    socket().say({ type: 'state', state: 'active', offset_ms: 0 });
    await settle();
  };

  it('keeps both sides apart, and the customer across', async () => {
    await open();
    socket().say({ type: 'peer', participant: 'customer', state: 'connected' });
    socket().say({ type: 'peer', participant: 'agent', state: 'away' });
    socket().say({ type: 'muted', participant: 'agent', audio: false, video: true });
    expect(link.snapshot.peer).toEqual({ state: 'connected', audio: true, video: true });
    expect(link.snapshot.agent).toEqual({ state: 'away', audio: false, video: true });
  });
  it('does not take a third party’s microphone for that of who is across', async () => {
    await open();
    socket().say({ type: 'muted', participant: 'helper', audio: false, video: false });
    expect([link.snapshot.peer.audio, link.snapshot.agent.audio]).toEqual([true, true]);
  });
  it('offers what the server asks of a guest: two audio and three video sections at least', async () => {
    await open();
    const kinds = peer().transceivers.map((t) => t.receiver.track.kind);
    expect([kinds.filter((k) => k === 'audio').length, kinds.filter((k) => k === 'video').length]).toEqual([3, 4]);
  });
  it('ends for good when the seat is gone, and does not come back by itself', async () => {
    await open();
    socket().drop(4003);
    await vi.advanceTimersByTimeAsync(timing.backoffMax * 3);
    expect([link.snapshot.socket, link.snapshot.closedBy, sockets.length]).toEqual(['closed', 'unseated', 1]);
  });
});

it('counts for the customer how often another agent has taken the call', async () => {
  link.start();
  socket().open();
  socket().say({ type: 'state', state: 'active', offset_ms: 0 });
  await settle();
  socket().say({ type: 'agent', state: 'changed' });
  socket().say({ type: 'agent', state: 'something else' });
  expect(link.snapshot.agentChanges).toBe(1);
});
