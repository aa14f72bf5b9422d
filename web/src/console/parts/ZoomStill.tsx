import { ActionIcon, Group, Text, Tooltip } from '@mantine/core';
import { IconZoomIn, IconZoomOut, IconZoomReset } from '@tabler/icons-react';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import classes from './parts.module.css';

export interface View {
  /** 1 = all of the picture. */
  zoom: number;
  /** Of the picture's size, from its middle. */
  x: number;
  y: number;
}

export const wholeView: View = { zoom: 1, x: 0, y: 0 };
const most = 8;

/** Keeps the picture in its frame. */
export function bounded({ zoom, x, y }: View): View {
  const z = Math.min(most, Math.max(1, zoom));
  const room = (z - 1) / 2;
  const within = (v: number) => Math.min(room, Math.max(-room, v)) || 0;
  return { zoom: z, x: within(x), y: within(y) };
}

/** A picture that is made larger and moved by mouse, finger and keys (+ - 0 and arrows). */
export function ZoomStill({ children, label }: { children: ReactNode; label: string }) {
  const { t } = useTranslation('console');
  const [view, setView] = useState(wholeView);
  const held = useRef<{ x: number; y: number } | undefined>(undefined);
  const change = (by: (v: View) => View) => setView((v) => bounded(by(v)));
  const zoom = (factor: number) => change((v) => ({ zoom: v.zoom * factor, x: v.x * factor, y: v.y * factor }));
  const onKey = (e: KeyboardEvent) => {
    const step = 0.15;
    const move: Record<string, [number, number]> = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const by = move[e.key];
    if (e.key === '+' || e.key === '=') zoom(1.4);
    else if (e.key === '-') zoom(1 / 1.4);
    else if (e.key === '0') setView(wholeView);
    else if (by && view.zoom > 1) change((v) => ({ ...v, x: v.x + by[0], y: v.y + by[1] }));
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  const move = (e: PointerEvent<HTMLDivElement>) => {
    if (!held.current) return;
    const { width, height } = e.currentTarget.getBoundingClientRect();
    const by = { x: (e.clientX - held.current.x) / width, y: (e.clientY - held.current.y) / height };
    held.current = { x: e.clientX, y: e.clientY };
    change((v) => ({ ...v, x: v.x + by.x, y: v.y + by.y }));
  };
  return (
    <div>
      <div
        className={classes.zoomFrame}
        role="group"
        tabIndex={0}
        aria-label={`${label}. ${t('still.keys')}`}
        data-zoom={view.zoom > 1 || undefined}
        onKeyDown={onKey}
        onDoubleClick={() => (view.zoom > 1 ? setView(wholeView) : zoom(2.5))}
        onWheel={(e) => zoom(e.deltaY < 0 ? 1.15 : 1 / 1.15)}
        onPointerDown={(e) => {
          e.currentTarget.setPointerCapture?.(e.pointerId);
          held.current = { x: e.clientX, y: e.clientY };
        }}
        onPointerMove={move}
        onPointerUp={() => (held.current = undefined)}
        onPointerCancel={() => (held.current = undefined)}
      >
        <div className={classes.zoomed} style={{ transform: `translate(${view.x * 100}%, ${view.y * 100}%) scale(${view.zoom})` }}>{children}</div>
      </div>
      <Group gap={4} justify="center" mt={6}>
        {([['smaller', IconZoomOut, () => zoom(1 / 1.4)], ['whole', IconZoomReset, () => setView(wholeView)], ['larger', IconZoomIn, () => zoom(1.4)]] as const).map(([key, Icon, act]) => (
          <Tooltip key={key} label={t(`still.${key}`)}>
            <ActionIcon size={36} variant="default" aria-label={t(`still.${key}`)} onClick={act}>
              <Icon size={20} />
            </ActionIcon>
          </Tooltip>
        ))}
      </Group>
    </div>
  );
}

/** What is wrong with a still, and what to do about it; that nothing is, when it was measured. */
export function StillAdvice({ quality }: { quality: Schema<'StillQuality'> | undefined }) {
  const { t } = useTranslation('console');
  if (!quality) return null;
  if (quality.advice.length === 0) return <Text size="sm" c="var(--vv-positive-fg)">{t('still.good')}</Text>;
  return (
    <ul className={classes.advice} role="status">
      {quality.advice.map((a) => (
        <li key={a}>{t(`still.advice.${a}`)}</li>
      ))}
    </ul>
  );
}
