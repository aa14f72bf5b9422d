import { IconMicrophoneOff, IconVideoOff } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef } from 'react';
import pane from '../parts/pane.module.css';

export interface TileProps {
  stream: MediaStream | null;
  name: string;
  /** What stands in the place of the picture, such as "has lost the connection"; empty: the picture. */
  words?: string;
  muted?: boolean;
  /** For screen readers: that the microphone is off. */
  mutedLabel?: string;
  /** Oneself: silent, as in a mirror. */
  self?: boolean;
  /** Told when the browser will not play sound without a click. */
  onSilenced?: (silenced: boolean) => void;
  /** Changes when it is to be played again. */
  again?: number;
  large?: boolean;
  children?: ReactNode;
}

/** One participant: picture, sound, name. */
export function Tile({ stream, name, words = '', muted, mutedLabel, self = false, onSilenced, again = 0, large, children }: TileProps) {
  const video = useRef<HTMLVideoElement>(null);
  const told = useRef(onSilenced);
  told.current = onSilenced;
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    if (element.srcObject !== stream) element.srcObject = stream;
    if (!stream) return;
    void element.play?.()?.then(
      () => told.current?.(false),
      (error: unknown) => error instanceof DOMException && error.name === 'NotAllowedError' && told.current?.(true),
    );
  }, [stream, again]);
  return (
    <figure className={pane.pane} data-large={large || undefined}>
      <video ref={video} autoPlay playsInline muted={self} aria-label={name} data-hidden={words !== '' || undefined} data-mirrored={self || undefined} />
      {words && (
        <span className={pane.words} role="status" dir="auto">
          <IconVideoOff size={22} aria-hidden="true" /> {words}
        </span>
      )}
      <figcaption dir="auto">
        {name}
        {muted && <IconMicrophoneOff size={15} role="img" aria-label={mutedLabel} />}
      </figcaption>
      {children}
    </figure>
  );
}
