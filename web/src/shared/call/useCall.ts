import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { CallLink, type CallLinkState, type CallRole, socketURL } from './CallLink';
import type { Facing } from './devices';
import { LocalMedia, type LocalMediaState } from './LocalMedia';

/** The page's camera and microphone, with what one can do with them. */
export interface LocalMediaHandle extends LocalMediaState {
  start: (wanted?: { facing?: Facing; only?: 'camera' | 'microphone' }) => Promise<void>;
  stop: () => void;
  setCameraOn: (on: boolean) => void;
  setMicrophoneOn: (on: boolean) => void;
  useCamera: (deviceId: string) => Promise<boolean>;
  useMicrophone: (deviceId: string) => Promise<boolean>;
  flip: () => Promise<boolean>;
  face: (facing: Facing) => Promise<boolean>;
  canFlip: boolean;
}

/** Camera and microphone for as long as the component lives; nothing is asked for before `start`, and no camera ever when `camera` is false (as it was at first). */
export function useLocalMedia({ camera = true }: { camera?: boolean } = {}): LocalMediaHandle {
  const [media] = useState(() => new LocalMedia(undefined, camera));
  const state = useSyncExternalStore(
    useCallback((fn) => media.subscribe(fn), [media]),
    () => media.snapshot,
  );
  useEffect(() => () => media.stop(), [media]);
  // The functions stay the same for the whole life, so that effects may depend on them.
  const deeds = useMemo(
    () => ({
      start: (wanted?: { facing?: Facing; only?: 'camera' | 'microphone' }) => media.start(wanted),
      stop: () => media.stop(),
      setCameraOn: (on: boolean) => media.setOn('camera', on),
      setMicrophoneOn: (on: boolean) => media.setOn('microphone', on),
      useCamera: (deviceId: string) => media.use('camera', { deviceId }),
      useMicrophone: (deviceId: string) => media.use('microphone', { deviceId }),
      flip: () => media.flip(),
      face: (facing: Facing) => media.face(facing),
    }),
    [media],
  );
  return useMemo(() => ({ ...state, ...deeds, canFlip: media.canFlip }), [media, deeds, state]);
}

export interface UseCallOptions {
  callId: string;
  /** Which side this page is. */
  role: CallRole;
  /** Beside the two parties (docs/signalling.md): sees both, sends what `media` has. The role is then agent. */
  guest?: boolean;
  /** From useLocalMedia. Its tracks are sent as they change, and given back when the call is over. */
  media: LocalMediaHandle;
  /** false = not yet: nothing is opened. true by default. */
  enabled?: boolean;
  /** Customer only: the connection is to carry little. */
  lessData?: boolean;
  /** Path of the socket, as the API gave it; /v1/calls/{id}/socket by default. */
  socketPath?: string;
}

export interface CallHandle extends CallLinkState {
  /** Agent only: opens a step of the script; 0 = none. */
  openStep: (position: number) => void;
  /** Takes the call back into this page after `closedBy` "replaced". */
  rejoin: () => void;
  /** Leaves without ending the call. */
  leave: () => void;
  /** As in CallLink. */
  say: CallLink['say'];
  point: CallLink['point'];
  newStroke: CallLink['newStroke'];
  draw: CallLink['draw'];
  setScreen: CallLink['setScreen'];
  askScreen: CallLink['askScreen'];
}

/**
 * Joins the call and keeps it up: reconnects, restarts ICE, turns the customer's
 * camera to the side that a step asks for. Leaves when the component goes.
 */
export function useCall({ callId, role, guest = false, media, enabled = true, lessData = false, socketPath }: UseCallOptions): CallHandle {
  const link = useMemo(() => new CallLink(socketURL(callId, role, socketPath), role, undefined, guest), [callId, role, guest, socketPath]);
  const state = useSyncExternalStore(
    useCallback((fn) => link.subscribe(fn), [link]),
    () => link.snapshot,
  );

  const audio = media.microphone.track ?? null;
  const video = media.camera.track ?? null;
  useEffect(() => link.setTracks(audio, video), [link, audio, video]);
  const audioOn = media.microphone.on && audio !== null;
  const videoOn = media.camera.on && video !== null;
  useEffect(() => link.setOn(audioOn, videoOn), [link, audioOn, videoOn]);
  useEffect(() => link.setLessData(lessData), [link, lessData]);

  useEffect(() => {
    if (!enabled) return;
    link.start();
    return () => link.stop();
  }, [link, enabled]);

  const latest = useRef(media);
  latest.current = media;
  const { closedBy, step } = state;
  useEffect(() => {
    if (closedBy === 'ended' || closedBy === 'refused' || closedBy === 'unseated') latest.current.stop();
  }, [closedBy]);
  const wanted = role === 'customer' ? step?.camera : undefined;
  const position = step?.position;
  useEffect(() => {
    if (wanted) void latest.current.face(wanted);
  }, [wanted, position]);

  const deeds = useMemo(
    () => ({
      openStep: (p: number) => link.openStep(p),
      rejoin: () => link.start(),
      leave: () => link.stop(),
      say: link.say.bind(link),
      point: link.point.bind(link),
      newStroke: link.newStroke.bind(link),
      draw: link.draw.bind(link),
      setScreen: link.setScreen.bind(link),
      askScreen: link.askScreen.bind(link),
    }),
    [link],
  );
  return useMemo(
    () => ({ ...state, ...deeds }),
    [deeds, state],
  );
}
