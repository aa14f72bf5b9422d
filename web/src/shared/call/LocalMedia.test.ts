import { describe, expect, it } from 'vitest';
import { browserKind, problemOf } from './devices';
import { LocalMedia, type MediaEnvironment } from './LocalMedia';

class FakeTrack extends EventTarget {
  readyState = 'live';
  enabled = true;
  constructor(readonly kind: 'audio' | 'video', private readonly settings: Record<string, string>) {
    super();
  }
  getSettings() {
    return this.settings;
  }
  stop() {
    this.readyState = 'ended';
  }
}

class FakeStream {
  constructor(private tracks: FakeTrack[] = []) {}
  getTracks() {
    return [...this.tracks];
  }
  addTrack(t: FakeTrack) {
    this.tracks.push(t);
  }
  removeTrack(t: FakeTrack) {
    this.tracks = this.tracks.filter((x) => x !== t);
  }
}

type Answer = (constraints: MediaStreamConstraints) => FakeTrack[] | DOMException;

function environment(answer: Answer, more: Partial<MediaEnvironment> = {}, cameras = ['front', 'back']) {
  const asked: MediaStreamConstraints[] = [];
  const given: FakeTrack[] = [];
  const devices = {
    getUserMedia: async (constraints: MediaStreamConstraints) => {
      asked.push(constraints);
      const tracks = answer(constraints);
      if (tracks instanceof DOMException) throw tracks;
      given.push(...tracks);
      return new FakeStream(tracks);
    },
    enumerateDevices: async () => cameras.map((deviceId) => ({ kind: 'videoinput', deviceId, label: deviceId })),
    addEventListener: () => {},
    removeEventListener: () => {},
  };
  const env = {
    devices, secure: true, permission: async () => undefined, newStream: () => new FakeStream(), ...more,
  } as unknown as MediaEnvironment;
  return { env, asked, given };
}

const refusal = (name: string, message = '') => new DOMException(message, name);
const phone: Answer = ({ audio, video }) => {
  const wanted = video as { facingMode?: { ideal: string }; deviceId?: { exact: string } } | undefined;
  const facingMode = wanted?.deviceId ? (wanted.deviceId.exact === 'back' ? 'environment' : 'user') : wanted?.facingMode?.ideal ?? 'user';
  return [
    ...(audio ? [new FakeTrack('audio', { deviceId: 'mic' })] : []),
    ...(video ? [new FakeTrack('video', { deviceId: facingMode === 'user' ? 'front' : 'back', facingMode })] : []),
  ];
};

describe('LocalMedia', () => {
  it('opens both with one question, at 1280 by 720 of the front camera', async () => {
    const { env, asked } = environment(phone);
    const media = new LocalMedia(env);
    await media.start();
    expect(asked).toHaveLength(1);
    expect(asked[0]!.video).toMatchObject({ width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: { ideal: 'user' } });
    expect(media.snapshot).toMatchObject({ state: 'live', camera: { facing: 'user' }, cameras: [{ deviceId: 'front' }, { deviceId: 'back' }] });
  });

  it('never opens a camera when it is made without, whatever is asked for', async () => {
    const { env, asked } = environment(phone);
    const media = new LocalMedia(env, false);
    await media.start();
    await media.start({ only: 'camera' });
    expect(await media.use('camera', { deviceId: 'back' })).toBe(false);
    expect(await media.flip()).toBe(false);
    expect(asked.map((a) => a.video)).toEqual([false]);
    expect(media.snapshot).toMatchObject({ state: 'live', microphone: { track: { kind: 'audio' } } });
    expect(media.snapshot.camera.track).toBeUndefined();
  });

  it('turns to the camera that a step asks for, giving the old one back first, and only when it differs', async () => {
    const { env, asked, given } = environment((c) => {
      if (given.some((t) => t.kind === 'video' && t.readyState === 'live')) return refusal('NotReadableError'); // as phones do
      return phone(c);
    });
    const media = new LocalMedia(env);
    await media.start();
    expect(await media.face('user')).toBe(false);
    expect(await media.face('environment')).toBe(true);
    expect(media.snapshot.camera.facing).toBe('environment');
    expect(media.snapshot.stream.getTracks().filter((t) => t.kind === 'video')).toHaveLength(1);
    expect(asked).toHaveLength(2);
  });

  it('does not turn a camera that has no side', async () => {
    const { env, asked } = environment(({ audio, video }) => [
      ...(audio ? [new FakeTrack('audio', {})] : []),
      ...(video ? [new FakeTrack('video', { deviceId: 'front' })] : []),
    ]);
    const media = new LocalMedia(env);
    await media.start();
    expect(await media.face('environment')).toBe(false);
    expect(asked).toHaveLength(1);
  });

  it('opens the old camera again when the new one cannot be had', async () => {
    let refuse = false;
    const { env } = environment((c) => {
      if (refuse) {
        refuse = false;
        return refusal('NotReadableError');
      }
      return phone(c);
    });
    const media = new LocalMedia(env);
    await media.start();
    refuse = true;
    expect(await media.use('camera', { deviceId: 'back' })).toBe(false);
    expect(media.snapshot.camera).toMatchObject({ deviceId: 'front', track: { readyState: 'live' } });
    expect(media.snapshot.switching).toBe(false);
  });

  it('runs with the microphone alone when there is no camera, and says which is missing', async () => {
    const { env } = environment(({ video, audio }) => (video ? refusal('NotFoundError') : audio ? [new FakeTrack('audio', {})] : []));
    const media = new LocalMedia(env);
    await media.start();
    expect(media.snapshot.state).toBe('live');
    expect([media.snapshot.camera.problem, media.snapshot.microphone.problem]).toEqual(['missing', undefined]);
  });

  it('asks once when it is denied, and again when told to', async () => {
    let yes = false;
    const { env, asked } = environment((c) => (yes ? phone(c) : refusal('NotAllowedError')));
    const media = new LocalMedia(env);
    await media.start();
    expect(asked).toHaveLength(1);
    expect([media.snapshot.state, media.snapshot.camera.problem, media.snapshot.microphone.problem]).toEqual(['refused', 'denied', 'denied']);
    yes = true;
    await media.start();
    expect([media.snapshot.state, media.snapshot.camera.problem]).toEqual(['live', undefined]);
  });

  it('says insecure without asking', async () => {
    const { env, asked } = environment(phone, { secure: false, devices: undefined });
    const media = new LocalMedia(env);
    await media.start();
    expect([media.snapshot.state, media.snapshot.camera.problem, asked.length]).toEqual(['refused', 'insecure', 0]);
  });

  it('keeps a muted microphone muted over a change, and notices a camera that is taken away', async () => {
    const { env } = environment(phone);
    const media = new LocalMedia(env);
    await media.start();
    media.setOn('microphone', false);
    await media.use('microphone', { deviceId: 'other' });
    expect(media.snapshot.microphone.track?.enabled).toBe(false);
    media.snapshot.camera.track!.dispatchEvent(new Event('ended'));
    expect(media.snapshot.camera).toMatchObject({ problem: 'lost', track: undefined });
  });

  it('gives everything back, also what arrives after the stop', async () => {
    const { env, given } = environment(phone);
    const media = new LocalMedia(env);
    const starting = media.start();
    media.stop();
    await starting;
    expect(given.map((t) => t.readyState)).toEqual(['ended', 'ended']);
    expect(media.snapshot.stream.getTracks()).toEqual([]);
    await media.start();
    media.stop();
    expect(given.every((t) => t.readyState === 'ended')).toBe(true);
    expect(media.snapshot.state).toBe('off');
  });
});

describe('refusals', () => {
  it.each([
    ['NotAllowedError', '', undefined, 'denied'],
    ['NotAllowedError', '', 'prompt', 'dismissed'],
    ['NotAllowedError', 'Permission denied by system', 'granted', 'system'],
    ['NotFoundError', '', undefined, 'missing'],
    ['NotReadableError', '', undefined, 'busy'],
    ['TypeError', '', undefined, 'unknown'],
  ] as const)('%s %s %s → %s', (name, message, permission, problem) => {
    expect(problemOf(new DOMException(message, name), permission)).toBe(problem);
  });

  it.each([
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1', 5, 'iosSafari'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/130.0 Mobile/15E148 Safari/604.1', 5, 'iosOther'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15', 5, 'iosSafari'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15', 0, 'safari'],
    ['Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36', 5, 'android'],
    ['Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 Version/4.0 Chrome/130.0 Mobile Safari/537.36 Zalo/1', 5, 'inApp'],
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36', 0, 'desktop'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0', 0, 'firefox'],
  ] as const)('knows the browser %#', (agent, touch, kind) => expect(browserKind(agent, touch)).toBe(kind));
});
