import type { Schema } from '@/api';

/** What the player needs of one file; times in milliseconds on the call's clock, offset_ms being the file's zero. */
export type Part = Pick<Schema<'Recording'>, 'id' | 'participant' | 'part' | 'state' | 'offset_ms' | 'duration_ms' | 'url' | 'has_audio' | 'has_video'>;

/** The parts of one side, in order; files that could not be written have nothing to play. */
export function partsOf(parts: readonly Part[], participant: Part['participant']): Part[] {
  return parts.filter((p) => p.participant === participant && p.state !== 'failed').sort((a, b) => a.offset_ms - b.offset_ms);
}

/** Where a part ends. One whose length is not known lasts until the next begins, or to the end of all. */
function endOf(parts: readonly Part[], i: number, durationMs: number): number {
  const part = parts[i]!;
  if (part.duration_ms !== undefined && part.duration_ms > 0) return part.offset_ms + part.duration_ms;
  return parts[i + 1]?.offset_ms ?? Math.max(durationMs, part.offset_ms);
}

/** How long all is, whatever the call says: to the end of the last part. */
export function durationOf(parts: readonly Part[], told: number): number {
  return Math.max(told, ...parts.map((p) => p.offset_ms + (p.duration_ms ?? 0)), 0);
}

/**
 * The part of one side that plays at a moment, and where in its file; undefined
 * in a gap. Where two overlap (a restart while the old file was being closed)
 * the later one counts.
 */
export function partAt(parts: readonly Part[], ms: number, durationMs: number): { part: Part; fileMs: number } | undefined {
  for (let i = parts.length - 1; i >= 0; i--) {
    const part = parts[i]!;
    if (ms >= part.offset_ms && ms < endOf(parts, i, durationMs)) return { part, fileMs: ms - part.offset_ms };
  }
  return undefined;
}

/** Below this a difference is not seen or heard. */
export const toleranceMs = 45;
/** Above this it is quicker to jump than to run after. */
export const jumpMs = 700;

/**
 * What brings a video that is `drift` ms ahead of the clock (negative: behind)
 * back in step: another speed for a while, or a jump. The pitch is kept by the
 * browser, so 6 % is not heard.
 */
export function correction(drift: number, speed: number): { rate: number; jump: boolean } {
  const off = Math.abs(drift);
  if (off > jumpMs * Math.max(1, speed)) return { rate: speed, jump: true };
  if (off < toleranceMs) return { rate: speed, jump: false };
  const share = off > 250 ? 0.15 : 0.06;
  return { rate: speed * (drift > 0 ? 1 - share : 1 + share), jump: false };
}

/** Where a chapter begins: a little before its stamp, which is set when the step is done. */
export function chapterStart(offsetMs: number): number {
  return Math.max(0, offsetMs - 3000);
}

/** The step that was last done at a moment; undefined before the first. */
export function chapterAt<S extends { offset_ms?: number }>(steps: readonly S[], ms: number): S | undefined {
  return steps.filter((s) => s.offset_ms !== undefined && chapterStart(s.offset_ms) <= ms).sort((a, b) => a.offset_ms! - b.offset_ms!).at(-1);
}

/** The common clock of both sides. It runs by itself and the videos follow it; it waits while one of them has to load. */
export class PlaybackClock {
  private base = 0;
  private since = 0;
  private running = false;
  private held = false;
  private factor = 1;

  constructor(readonly durationMs: number, private readonly now: () => number = () => performance.now()) {}

  get playing(): boolean {
    return this.running;
  }
  get waiting(): boolean {
    return this.running && this.held;
  }
  get speed(): number {
    return this.factor;
  }

  /** Milliseconds on the call's clock, never beyond the end; there it stops. */
  position(): number {
    if (!this.running || this.held) return this.base;
    const at = this.base + (this.now() - this.since) * this.factor;
    if (at < this.durationMs) return at;
    this.base = this.durationMs;
    this.running = false;
    return this.base;
  }
  play(): void {
    if (this.running) return;
    if (this.base >= this.durationMs) this.base = 0; // from the beginning again
    this.running = true;
    this.since = this.now();
  }
  pause(): void {
    this.base = this.position();
    this.running = false;
  }
  seek(ms: number): void {
    this.base = Math.min(this.durationMs, Math.max(0, ms));
    this.since = this.now();
  }
  setSpeed(factor: number): void {
    this.base = this.position();
    this.since = this.now();
    this.factor = factor;
  }
  /** Stands still until the side that loads is ready; "playing" stays what the person wants. */
  hold(on: boolean): void {
    if (on === this.held) return;
    this.base = this.position();
    this.since = this.now();
    this.held = on;
  }
}
