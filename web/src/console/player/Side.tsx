import { Text } from '@mantine/core';
import { IconUserOff, IconWaveSine } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { correction, type Part, partAt, type PlaybackClock } from './clock';
import pane from '../parts/pane.module.css';
import classes from './player.module.css';

export interface SideProps {
  name: string;
  parts: Part[];
  clock: PlaybackClock;
  /** Changes with every tick, so that the side looks at the clock. */
  position: number;
  playing: boolean;
  speed: number;
  /** 0 to 1. */
  volume: number;
  muted: boolean;
  onWaiting: (waiting: boolean) => void;
  onBroken: () => void;
}

/** One participant's picture and sound, kept in step with the clock; says so where there is no recording. */
export function Side({ name, parts, clock, position, playing, speed, volume, muted, onWaiting, onBroken }: SideProps) {
  const { t } = useTranslation('console');
  const video = useRef<HTMLVideoElement>(null);
  const now = partAt(parts, position, clock.durationMs);
  const url = now?.part.url;
  const fileMs = now?.fileMs ?? 0;

  useEffect(() => {
    if (video.current) {
      video.current.volume = volume;
      video.current.muted = muted;
    }
  }, [volume, muted, url]);

  // In a gap nothing loads, so nothing may hold the clock.
  const waits = useRef(onWaiting);
  waits.current = onWaiting;
  useEffect(() => {
    if (!url) waits.current(false);
  }, [url]);

  useEffect(() => {
    const element = video.current;
    if (!element || !url) return;
    const wanted = fileMs / 1000;
    const loaded = element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    // Some files tell no length until they have been read; a jump beyond their end would never arrive.
    const end = Number.isFinite(element.duration) ? element.duration : Infinity;
    const target = Math.min(wanted, Math.max(0, end - 0.05));
    if (!playing || clock.waiting) {
      if (!element.paused && !playing) element.pause();
      if (element.readyState >= HTMLMediaElement.HAVE_METADATA && !element.seeking && Math.abs(element.currentTime - target) > 0.06) element.currentTime = target;
      if (clock.waiting && loaded && !element.seeking) waits.current(false);
      return;
    }
    if (wanted >= end) {
      waits.current(false); // the file is a little shorter than was told
      return;
    }
    if (element.paused) void element.play().catch(() => {});
    if (element.seeking || element.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) {
      waits.current(true);
      return;
    }
    waits.current(false);
    const { rate, jump } = correction(element.currentTime * 1000 - fileMs, speed);
    if (jump) element.currentTime = target;
    if (element.playbackRate !== rate) element.playbackRate = rate;
  }, [clock, fileMs, playing, position, speed, url]);

  const silent = now?.part.has_audio === false;
  return (
    <figure className={`${pane.pane} ${classes.side}`} data-picture={(url && now?.part.has_video !== false) || undefined}>
      {url && (
        <video
          key={url}
          ref={video}
          src={url}
          preload="auto"
          playsInline
          disableRemotePlayback
          aria-label={name}
          onError={onBroken}
          onCanPlay={() => waits.current(false)}
          onSeeked={() => waits.current(false)}
        />
      )}
      {!url && (
        <div className={pane.words} data-opaque>
          <IconUserOff size={28} stroke={1.5} aria-hidden="true" />
          <Text>{t('player.gap')}</Text>
        </div>
      )}
      {url && now?.part.has_video === false && (
        <div className={pane.words} data-opaque>
          <IconWaveSine size={28} stroke={1.5} aria-hidden="true" />
          <Text>{t('player.soundOnly')}</Text>
        </div>
      )}
      <figcaption dir="auto">
        {name}
        {silent && ` · ${t('player.silent')}`}
      </figcaption>
    </figure>
  );
}
