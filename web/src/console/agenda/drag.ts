import { type PointerEvent as ReactPointerEvent, useCallback, useEffect, useRef, useState } from 'react';
import { type Day, momentAt } from './grid';

/** A booking on its way: over which day and at which moment its beginning is. */
export interface Dragged<Item> {
  item: Item;
  day?: Day;
  moment?: number;
}

export interface DragUse<Item> {
  days: readonly Day[];
  /** Height of one row, pixels. */
  rowPx: number;
  /** The column of each day. */
  columnOf: (day: string) => HTMLElement | null | undefined;
  /** What scrolls when the pointer comes near its edge. */
  scroller: () => HTMLElement | null;
  onStart: (item: Item) => void;
  onDrop: (dragged: Dragged<Item>) => void;
}

const threshold = 6;
const holdMs = 350;

/**
 * Dragging by mouse, pen and finger: a mouse drags as soon as it has moved, a
 * finger after it has rested (else it scrolls). Escape gives up.
 */
export function useDrag<Item>(use: DragUse<Item>) {
  const [dragged, setDragged] = useState<Dragged<Item>>();
  const latest = useRef(use);
  latest.current = use;
  const held = useRef<{ item: Item; x: number; y: number; grab: number; at: { x: number; y: number }; going: boolean; timer?: ReturnType<typeof setTimeout>; now?: Dragged<Item> } | undefined>(undefined);
  /** Whether the click that follows belongs to a drag. */
  const swallow = useRef(false);
  const stop = useRef(() => {});
  useEffect(() => () => stop.current(), []);

  const onPointerDown = useCallback((event: ReactPointerEvent<HTMLElement>, item: Item) => {
    if (event.button !== 0 || held.current) return;
    swallow.current = false;
    const grab = event.clientY - event.currentTarget.getBoundingClientRect().top;
    const touch = event.pointerType === 'touch';
    held.current = { item, x: event.clientX, y: event.clientY, grab, at: { x: event.clientX, y: event.clientY }, going: false };
    const pointer = event.pointerId;

    const place = () => {
      const h = held.current;
      if (!h?.going) return;
      const { days, rowPx, columnOf } = latest.current;
      let over: Dragged<Item> = { item: h.item };
      for (const day of days) {
        const box = columnOf(day.day)?.getBoundingClientRect();
        if (!box || h.at.x < box.left || h.at.x >= box.right) continue;
        over = { item: h.item, day, moment: momentAt((h.at.y - h.grab - box.top) / rowPx, day) };
      }
      h.now = over;
      setDragged(over);
    };
    const begin = () => {
      const h = held.current;
      if (!h || h.going) return;
      h.going = true;
      swallow.current = true;
      if (touch) navigator.vibrate?.(15);
      latest.current.onStart(h.item);
      place();
    };
    const move = (e: PointerEvent) => {
      const h = held.current;
      if (!h || e.pointerId !== pointer) return;
      h.at = { x: e.clientX, y: e.clientY };
      if (!h.going) {
        if (Math.hypot(e.clientX - h.x, e.clientY - h.y) < threshold) return;
        if (touch) return end(); // it scrolls
        begin();
      }
      place();
    };
    const up = (e: PointerEvent) => {
      if (e.pointerId !== pointer) return;
      const h = held.current;
      end();
      if (h?.going && h.now) latest.current.onDrop(h.now);
    };
    const cancel = (e: PointerEvent) => {
      if (e.pointerId === pointer) end();
    };
    const key = (e: KeyboardEvent) => {
      if (e.key !== 'Escape' || !held.current?.going) return;
      e.preventDefault();
      e.stopPropagation();
      end();
    };
    const still = (e: TouchEvent) => {
      if (held.current?.going) e.preventDefault();
    };
    const scroll = setInterval(() => {
      const h = held.current;
      const box = latest.current.scroller();
      if (!h?.going || !box) return;
      const { top, bottom, left, right } = box.getBoundingClientRect();
      const dy = h.at.y < top + 60 ? -14 : h.at.y > bottom - 40 ? 14 : 0;
      const dx = h.at.x < left + 30 ? -14 : h.at.x > right - 30 ? 14 : 0;
      if (dx === 0 && dy === 0) return;
      box.scrollLeft += dx;
      box.scrollTop += dy;
      place();
    }, 30);
    const end = () => {
      clearTimeout(held.current?.timer);
      clearInterval(scroll);
      held.current = undefined;
      setDragged(undefined);
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', up);
      window.removeEventListener('pointercancel', cancel);
      window.removeEventListener('keydown', key, true);
      window.removeEventListener('touchmove', still);
    };
    stop.current = end;
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', up);
    window.addEventListener('pointercancel', cancel);
    window.addEventListener('keydown', key, true);
    window.addEventListener('touchmove', still, { passive: false });
    if (touch) held.current.timer = setTimeout(begin, holdMs);
  }, []);

  /** True once, when a click is the end of a drag. */
  const takeSwallow = useCallback(() => {
    const was = swallow.current;
    swallow.current = false;
    return was;
  }, []);
  return { dragged, onPointerDown, takeSwallow };
}
