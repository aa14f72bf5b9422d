import { type Ref, useEffect, useImperativeHandle, useRef } from 'react';
import classes from './call.module.css';

export interface MediaPreviewProps {
  stream: MediaStream | null;
  /** Changes when the stream's track did, so that the picture is taken anew. */
  track?: MediaStreamTrack;
  /** People know their own face from the mirror; a document must not be mirrored. */
  mirrored?: boolean;
  /** What it shows, for those who do not see it. */
  label: string;
  className?: string;
  ref?: Ref<HTMLVideoElement>;
}

/** One's own picture, without sound. */
export function MediaPreview({ stream, track, mirrored, label, className, ref }: MediaPreviewProps) {
  const video = useRef<HTMLVideoElement>(null);
  useImperativeHandle(ref, () => video.current!, []);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    // Set it anew: Safari keeps showing the last picture of a track that went.
    element.srcObject = null;
    element.srcObject = stream;
    if (stream) void element.play?.()?.catch(() => {});
    return () => {
      element.srcObject = null;
    };
  }, [stream, track]);
  return (
    <video
      ref={video}
      className={[classes.preview, className].filter(Boolean).join(' ')}
      data-mirrored={mirrored || undefined}
      autoPlay
      playsInline
      muted
      aria-label={label}
    />
  );
}
