import { cameraConstraints, type DeviceProblem, type Facing, microphoneConstraints, problemOf } from './devices';

export interface LocalMediaState {
  /** asking: the browser asks the person; live: at least one of both runs; off: not started, or stopped. */
  state: 'off' | 'asking' | 'live' | 'refused';
  /** One stream for the whole life; its tracks change. */
  stream: MediaStream;
  camera: { problem?: DeviceProblem; on: boolean; deviceId?: string; facing?: Facing; track?: MediaStreamTrack };
  microphone: { problem?: DeviceProblem; on: boolean; deviceId?: string; track?: MediaStreamTrack };
  cameras: MediaDeviceInfo[];
  microphones: MediaDeviceInfo[];
  /** A camera is being changed. */
  switching: boolean;
}

/** What LocalMedia takes from the browser. */
export interface MediaEnvironment {
  devices: Pick<MediaDevices, 'getUserMedia' | 'enumerateDevices' | 'addEventListener' | 'removeEventListener'> | undefined;
  secure: boolean;
  permission(name: 'camera' | 'microphone'): Promise<PermissionState | undefined>;
  newStream(): MediaStream;
}

function browser(): MediaEnvironment {
  return {
    devices: navigator.mediaDevices,
    secure: window.isSecureContext,
    permission: async (name) => {
      try {
        return (await navigator.permissions.query({ name: name as PermissionName })).state;
      } catch {
        return undefined; // Firefox and old Safari do not tell
      }
    },
    newStream: () => new MediaStream(),
  };
}

type Kind = 'camera' | 'microphone';

/** The camera and the microphone of this page: opened once, switched, muted, and always given back by stop. */
export class LocalMedia {
  private current: LocalMediaState;
  private readonly listeners = new Set<() => void>();
  private generation = 0;

  /** withCamera false: the camera is never opened, whatever is asked for. */
  constructor(private readonly env: MediaEnvironment = browser(), private readonly withCamera = true) {
    this.current = {
      state: 'off',
      stream: env.newStream(),
      camera: { on: true },
      microphone: { on: true },
      cameras: [],
      microphones: [],
      switching: false,
    };
  }

  get snapshot(): LocalMediaState {
    return this.current;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private set(change: Partial<LocalMediaState>) {
    this.current = { ...this.current, ...change };
    for (const listener of this.listeners) listener();
  }

  /**
   * Opens both; where one cannot be had the other still runs, and its problem
   * says why. Never throws. Starting again opens only what is missing; `only`
   * leaves the other alone.
   */
  async start(wanted: { facing?: Facing; only?: Kind } = {}): Promise<void> {
    const { devices } = this.env;
    if (!this.env.secure || !devices?.getUserMedia) {
      const problem = this.env.secure ? 'unsupported' : 'insecure';
      this.set({ state: 'refused', camera: { ...this.current.camera, problem }, microphone: { ...this.current.microphone, problem } });
      return;
    }
    const generation = ++this.generation;
    const needCamera = this.withCamera && wanted.only !== 'microphone' && !alive(this.current.camera.track);
    const needMicrophone = wanted.only !== 'camera' && !alive(this.current.microphone.track);
    if (!needCamera && !needMicrophone) return;
    this.set({ state: this.current.state === 'live' ? 'live' : 'asking' });
    const video = cameraConstraints({ facing: wanted.facing ?? this.current.camera.facing, deviceId: this.current.camera.deviceId });
    const audio = microphoneConstraints(this.current.microphone.deviceId);
    const take = async (constraints: MediaStreamConstraints): Promise<MediaStream> => devices.getUserMedia(constraints);
    const taken: MediaStreamTrack[] = [];
    const problems: Partial<Record<Kind, DeviceProblem>> = {};
    try {
      taken.push(...(await take({ video: needCamera && video, audio: needMicrophone && audio })).getTracks());
    } catch (error) {
      const wantedKinds = [needCamera && 'camera', needMicrophone && 'microphone'].filter((k): k is Kind => k !== false);
      const denied = problemOf(error) === 'denied' || problemOf(error) === 'dismissed';
      for (const kind of wantedKinds) {
        const permission = await this.env.permission(kind);
        // One question was answered for both: a second would only be a nuisance,
        // unless the browser says that this one is granted.
        if (wantedKinds.length === 1 || (denied && permission !== 'granted')) {
          problems[kind] = problemOf(error, permission);
          continue;
        }
        try {
          const loose = kind === 'camera' ? { video: video.deviceId ? cameraConstraints({}) : video } : { audio: audio.deviceId ? microphoneConstraints() : audio };
          taken.push(...(await take(loose)).getTracks());
        } catch (again) {
          problems[kind] = problemOf(again, permission);
        }
      }
    }
    if (generation !== this.generation) {
      for (const track of taken) track.stop(); // stopped in the meantime
      return;
    }
    for (const track of taken) this.adopt(track);
    if (problems.camera) this.set({ camera: { ...this.current.camera, problem: problems.camera } });
    if (problems.microphone) this.set({ microphone: { ...this.current.microphone, problem: problems.microphone } });
    this.set({ state: this.current.stream.getTracks().length > 0 ? 'live' : 'refused' });
    devices.addEventListener('devicechange', this.list);
    await this.list();
  }

  private adopt(track: MediaStreamTrack) {
    const kind: Kind = track.kind === 'video' ? 'camera' : 'microphone';
    const { stream } = this.current;
    for (const old of stream.getTracks().filter((t) => t.kind === track.kind)) {
      stream.removeTrack(old);
      old.stop();
    }
    stream.addTrack(track);
    track.enabled = this.current[kind].on;
    if (kind === 'camera' && 'contentHint' in track) track.contentHint = 'motion';
    track.addEventListener('ended', () => {
      if (this.current[kind].track !== track) return;
      stream.removeTrack(track);
      this.set({ [kind]: { ...this.current[kind], track: undefined, problem: 'lost' } });
    });
    const settings = track.getSettings?.() ?? {};
    const facing = settings.facingMode === 'user' || settings.facingMode === 'environment' ? settings.facingMode : undefined;
    this.set({ [kind]: { on: this.current[kind].on, track, deviceId: settings.deviceId, ...(kind === 'camera' ? { facing } : {}) } });
  }

  private readonly list = async () => {
    const all = await this.env.devices!.enumerateDevices().catch(() => [] as MediaDeviceInfo[]);
    const named = (kind: MediaDeviceKind) => all.filter((d) => d.kind === kind && d.deviceId !== '');
    this.set({ cameras: named('videoinput'), microphones: named('audioinput') });
  };

  /** Mutes or opens the microphone or the camera without giving it back. */
  setOn(kind: Kind, on: boolean): void {
    const { track } = this.current[kind];
    if (track) track.enabled = on;
    this.set({ [kind]: { ...this.current[kind], on } });
  }

  /**
   * Changes to another camera or microphone. A phone cannot open two cameras at
   * once, so the old one is given back first; if the new one cannot be had the
   * old one is opened again. Reports whether it changed.
   */
  async use(kind: Kind, wanted: { deviceId?: string; facing?: Facing }): Promise<boolean> {
    const { devices } = this.env;
    if (!devices || this.current.switching || this.current.state === 'off' || (kind === 'camera' && !this.withCamera)) return false;
    const generation = this.generation;
    const before = this.current[kind];
    this.set({ switching: true });
    const ask = (w: { deviceId?: string; facing?: Facing }) =>
      devices.getUserMedia(kind === 'camera' ? { video: cameraConstraints(w) } : { audio: microphoneConstraints(w.deviceId) });
    let changed = true;
    try {
      if (kind === 'camera') before.track?.stop();
      let stream: MediaStream;
      try {
        stream = await ask(wanted);
      } catch {
        changed = false;
        if (kind === 'microphone') return false; // the old one still runs
        stream = await ask({ deviceId: before.deviceId, facing: (before as LocalMediaState['camera']).facing });
      }
      for (const track of stream.getTracks()) {
        if (generation === this.generation) this.adopt(track);
        else track.stop();
      }
      return changed;
    } catch (error) {
      if (before.track) this.current.stream.removeTrack(before.track);
      this.set({ [kind]: { ...before, track: undefined, problem: problemOf(error) } });
      return false;
    } finally {
      this.set({ switching: false });
      void this.list();
    }
  }

  /** Turns to the camera that looks that way; does nothing where cameras have no side (a desk) or it looks there already. */
  async face(facing: Facing): Promise<boolean> {
    const { camera, cameras } = this.current;
    if (!camera.facing || camera.facing === facing || cameras.length < 2) return false;
    return this.use('camera', { facing });
  }

  /** Whether the camera can be turned: there is more than one and they have sides. */
  get canFlip(): boolean {
    return this.current.cameras.length > 1;
  }

  /** The other side, or on a desk the next camera. */
  async flip(): Promise<boolean> {
    const { camera, cameras } = this.current;
    if (camera.facing) return this.use('camera', { facing: camera.facing === 'user' ? 'environment' : 'user' });
    const at = cameras.findIndex((c) => c.deviceId === camera.deviceId);
    const next = cameras[(at + 1) % cameras.length];
    return next ? this.use('camera', { deviceId: next.deviceId }) : false;
  }

  /** Gives camera and microphone back: the light goes out. It can be started again. */
  stop(): void {
    this.generation++;
    if (this.current.state === 'off') return;
    const { stream } = this.current;
    for (const track of stream.getTracks()) {
      stream.removeTrack(track);
      track.stop();
    }
    this.env.devices?.removeEventListener('devicechange', this.list);
    const { camera, microphone } = this.current;
    this.set({
      state: 'off',
      switching: false,
      camera: { on: camera.on, deviceId: camera.deviceId, facing: camera.facing },
      microphone: { on: microphone.on, deviceId: microphone.deviceId },
    });
  }
}

function alive(track: MediaStreamTrack | undefined): boolean {
  return track !== undefined && track.readyState === 'live';
}
