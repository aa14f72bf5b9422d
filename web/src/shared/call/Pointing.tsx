import { ActionIcon, Tooltip } from '@mantine/core';
import { IconClick, IconEraser, IconPencil } from '@tabler/icons-react';
import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Point, Stroke, Surface } from './told';
import type { CallHandle } from './useCall';
import classes from './pointing.module.css';

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Where a picture lies in its frame, by how it is fitted into it. */
export function pictureBox(frame: { width: number; height: number }, picture: { width: number; height: number }, fit: 'cover' | 'contain'): Box {
  if (picture.width === 0 || picture.height === 0) return { left: 0, top: 0, ...frame };
  const by = Math[fit === 'contain' ? 'min' : 'max'](frame.width / picture.width, frame.height / picture.height);
  const width = picture.width * by;
  const height = picture.height * by;
  return { left: (frame.width - width) / 2, top: (frame.height - height) / 2, width, height };
}

/** Follows where a video's picture lies. */
function usePictureBox(video: RefObject<HTMLVideoElement | null>, fit: 'cover' | 'contain'): Box | undefined {
  const [box, setBox] = useState<Box>();
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    const measure = () => {
      const next = pictureBox({ width: element.clientWidth, height: element.clientHeight }, { width: element.videoWidth, height: element.videoHeight }, fit);
      setBox({ ...next, left: next.left + element.offsetLeft, top: next.top + element.offsetTop });
    };
    measure();
    const resized = typeof ResizeObserver === 'undefined' ? undefined : new ResizeObserver(measure);
    resized?.observe(element);
    element.addEventListener('resize', measure);
    element.addEventListener('loadedmetadata', measure);
    return () => {
      resized?.disconnect();
      element.removeEventListener('resize', measure);
      element.removeEventListener('loadedmetadata', measure);
    };
  }, [video, fit]);
  return box;
}

export type Tool = 'none' | 'point' | 'draw';

export interface PointingProps {
  /** The video that it lies over; both in the same positioned frame. */
  video: RefObject<HTMLVideoElement | null>;
  fit: 'cover' | 'contain';
  surface: Surface;
  pointer: { surface: Surface; at: Point } | null;
  strokes: Stroke[];
  /** The picture is shown as in a mirror. */
  mirrored?: boolean;
  /** With it one points and draws; without it one sees it only. */
  pen?: { tool: Tool; call: Pick<CallHandle, 'point' | 'draw' | 'newStroke'> };
}

/** At most so often is the pointer told; the socket takes 50 messages a second. */
const everyMs = 50;

/** The agent's pointer and drawing over a picture. */
export function Pointing({ video, fit, surface, pointer, strokes, mirrored, pen }: PointingProps) {
  const { t } = useTranslation();
  const box = usePictureBox(video, fit);
  const here = pointer?.surface === surface ? pointer.at : undefined;
  const x = (v: number) => (mirrored ? 1 - v : v);
  const shown = strokes.filter((s) => s.surface === surface);
  const active = pen !== undefined && pen.tool !== 'none';
  if (!box) return null;
  return (
    <div className={classes.over} style={{ left: box.left, top: box.top, width: box.width, height: box.height }} data-active={active || undefined}>
      <svg className={classes.strokes} viewBox="0 0 1000 1000" preserveAspectRatio="none" role={shown.length > 0 ? 'img' : undefined} aria-label={shown.length > 0 ? t('call.point.drawing') : undefined}>
        {shown.map((s) => (
          <polyline key={s.stroke} points={s.points.map(([px, py]) => `${(x(px) * 1000).toFixed(1)},${(py * 1000).toFixed(1)}`).join(' ')} vectorEffect="non-scaling-stroke" />
        ))}
      </svg>
      {here && (
        <span className={classes.pointer} role="img" aria-label={t('call.point.pointer')} style={{ left: `${x(here[0]) * 100}%`, top: `${here[1] * 100}%` }} />
      )}
      {active && <Pen surface={surface} pen={pen} at={here} />}
    </div>
  );
}

/** Takes mouse, finger and keys over the picture. */
function Pen({ surface, pen, at }: { surface: Surface; pen: NonNullable<PointingProps['pen']>; at: Point | undefined }) {
  const { t } = useTranslation();
  const { tool, call } = pen;
  const stroke = useRef(0);
  const waiting = useRef<Point[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const last = useRef<Point | null>(null);
  const flush = () => {
    timer.current = undefined;
    if (last.current) call.point(surface, last.current);
    last.current = null;
    if (stroke.current && waiting.current.length > 0) call.draw(surface, stroke.current, waiting.current);
    waiting.current = [];
  };
  const latest = useRef(flush);
  latest.current = flush;
  // The call is another object after every message: what is done once is done by the last of them.
  const lastCall = useRef(call);
  lastCall.current = call;
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      lastCall.current.point(surface, null);
    },
    [surface],
  );
  const later = () => (timer.current ??= setTimeout(() => latest.current(), everyMs));
  const to = (point: Point) => {
    last.current = point;
    if (stroke.current) waiting.current.push(point);
    later();
  };
  const place = (e: PointerEvent<HTMLDivElement>): Point => {
    const r = e.currentTarget.getBoundingClientRect();
    const within = (v: number) => Math.min(1, Math.max(0, v));
    return [within((e.clientX - r.left) / r.width), within((e.clientY - r.top) / r.height)];
  };
  const up = () => {
    flush();
    stroke.current = 0;
  };
  const keys = (e: KeyboardEvent) => {
    const step = e.shiftKey ? 0.1 : 0.02;
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[e.key];
    if (by) {
      const from = last.current ?? at ?? [0.5, 0.5];
      to([Math.min(1, Math.max(0, from[0] + by[0]!)), Math.min(1, Math.max(0, from[1] + by[1]!))]);
    } else if (e.key === ' ' || e.key === 'Enter') {
      if (tool !== 'draw') return;
      if (stroke.current) up();
      else {
        stroke.current = call.newStroke();
        to(last.current ?? at ?? [0.5, 0.5]);
      }
    } else if (e.key === 'Delete' || e.key === 'Backspace') call.draw(surface, 0, []);
    else if (e.key === 'Escape') call.point(surface, null);
    else return;
    e.preventDefault();
  };
  return (
    <div
      className={classes.pen}
      data-tool={tool}
      role="application"
      tabIndex={0}
      aria-label={t(tool === 'draw' ? 'call.point.drawHere' : 'call.point.pointHere')}
      onPointerMove={(e) => to(place(e))}
      onPointerDown={(e) => {
        if (tool !== 'draw') return;
        e.currentTarget.setPointerCapture?.(e.pointerId);
        stroke.current = call.newStroke();
        to(place(e));
      }}
      onPointerUp={up}
      onPointerCancel={up}
      onPointerLeave={() => {
        if (stroke.current) return;
        flush();
        call.point(surface, null);
      }}
      onKeyDown={keys}
      onBlur={up}
    />
  );
}

/** Pointer, pen, and take all away. */
export function PointingTools({ call, surface, tool, onTool }: { call: CallHandle; surface: Surface; tool: Tool; onTool: (tool: Tool) => void }) {
  const { t } = useTranslation();
  const some = call.strokes.some((s) => s.surface === surface);
  return (
    <div className={classes.tools} role="toolbar" aria-label={t('call.point.tools')}>
      {(['point', 'draw'] as const).map((one) => (
        <Tooltip key={one} label={t(`call.point.${one}`)}>
          <ActionIcon
            size={40}
            variant={tool === one ? 'filled' : 'default'}
            color={tool === one ? 'petrol' : undefined}
            aria-pressed={tool === one}
            aria-label={t(`call.point.${one}`)}
            onClick={() => onTool(tool === one ? 'none' : one)}
          >
            {one === 'point' ? <IconClick size={20} /> : <IconPencil size={20} />}
          </ActionIcon>
        </Tooltip>
      ))}
      <Tooltip label={t('call.point.clear')}>
        <ActionIcon size={40} variant="default" disabled={!some} aria-label={t('call.point.clear')} onClick={() => call.draw(surface, 0, [])}>
          <IconEraser size={20} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
