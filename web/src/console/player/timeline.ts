import type { Schema } from '@/api';

export type Gap = Schema<'RecordingGap'>;

/** Causes that lose nothing: nothing was sent. */
const notLost: readonly Gap['cause'][] = ['muted', 'paused', 'idle'];

/** Whether something that was sent is missing. */
export function isLost(gap: Pick<Gap, 'cause'>): boolean {
  return !notLost.includes(gap.cause);
}

/** One row of the gap map. */
export interface Track {
  participant: string;
  kind: Gap['kind'];
  gaps: Gap[];
}

type GapPart = Pick<Schema<'Recording'>, 'participant' | 'gaps' | 'has_audio' | 'has_video'>;

/** A row for each sound and each picture that was recorded or has gaps: the customer's first, then the agent's, then others'. */
export function tracksOf(parts: readonly GapPart[]): Track[] {
  const rank = (p: string) => ['customer', 'agent'].indexOf(p) + 1 || 3;
  const names = [...new Set(parts.map((p) => p.participant as string))].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  return names.flatMap((participant) =>
    (['audio', 'video'] as const).flatMap((kind) => {
      const own = parts.filter((p) => p.participant === participant);
      const gaps = own.flatMap((p) => p.gaps ?? []).filter((g) => g.kind === kind).sort((a, b) => a.from_ms - b.from_ms);
      const there = own.some((p) => (kind === 'audio' ? p.has_audio : p.has_video) !== false);
      return gaps.length > 0 || there ? [{ participant, kind, gaps }] : [];
    }),
  );
}

/** Where a time lies on the line, 0 to 100; what is outside of it at its end. */
export function share(ms: number, durationMs: number): number {
  return durationMs <= 0 ? 0 : Math.min(100, Math.max(0, (ms / durationMs) * 100));
}

type SampleOf = Pick<Schema<'CallQuality'>, 'role' | 'offset_ms' | 'r' | 'mos'>;

/** The voice's score of one side as points of a line, x 0 to 100 and y 0 (4.4) to 100 (1); without voice there is none. */
export function scoreLine(samples: readonly SampleOf[], role: string, durationMs: number): [number, number][] {
  return samples
    .filter((s) => s.role === role && s.r > 0)
    .map((s) => [share(s.offset_ms, durationMs), (1 - (Math.min(4.4, s.mos) - 1) / 3.4) * 100]);
}
