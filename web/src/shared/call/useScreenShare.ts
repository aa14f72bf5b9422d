import { useCallback, useEffect, useRef, useState } from 'react';
import { canShareScreen } from './CallLink';
import type { CallHandle } from './useCall';

export interface ScreenShare {
  /** Phones have no such thing. */
  possible: boolean;
  /** What is shared now. */
  stream: MediaStream | null;
  start: () => Promise<void>;
  stop: () => void;
}

/** The customer's screen in the call: asked for by a press of a button, ended by one or by the browser's own bar. */
export function useScreenShare(call: Pick<CallHandle, 'setScreen' | 'closedBy'>): ScreenShare {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const { setScreen, closedBy } = call;
  const current = useRef<MediaStream | null>(null);
  const possible = canShareScreen();
  const stop = useCallback(() => {
    for (const track of current.current?.getTracks() ?? []) track.stop();
    if (!current.current) return;
    current.current = null;
    setStream(null);
    setScreen(null);
  }, [setScreen]);
  const start = useCallback(async () => {
    let next: MediaStream;
    try {
      next = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 10, max: 15 }, width: { max: 1920 }, height: { max: 1080 } }, audio: false });
    } catch {
      return; // the person has thought better of it
    }
    const track = next.getVideoTracks()[0];
    if (!track) return;
    if ('contentHint' in track) track.contentHint = 'detail';
    track.addEventListener('ended', () => current.current === next && stop());
    current.current = next;
    setStream(next);
    setScreen(track);
  }, [setScreen, stop]);
  useEffect(() => {
    if (closedBy) stop();
  }, [closedBy, stop]);
  useEffect(() => () => { for (const track of current.current?.getTracks() ?? []) track.stop(); }, []);
  return { possible, stream, start, stop };
}
