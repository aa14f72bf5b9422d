import type { Schema } from '../../api';
import type { CallRole } from './CallLink';

/** How good a party's connection was over the last two seconds; loss is a share, 0 to 1. */
export type Quality = Omit<Schema<'CallQuality'>, 'role' | 'offset_ms'>;
export type Line = Schema<'CallLine'>;
export type Surface = 'screen' | 'camera';
/** A place on a picture, 0 to 1 from its left and its top. */
export type Point = [x: number, y: number];

export interface Stroke {
  surface: Surface;
  /** Numbered by who draws, from 1. */
  stroke: number;
  points: Point[];
}

/** Somebody who takes part beside the two sides. */
export interface Third {
  name: string;
  role: string;
  /** watch: hears and sees; whisper: is heard by the agent only; join: is heard and seen by all. */
  mode: string;
}

/** What is told in a call beside sound and picture. */
export interface Told {
  /** Chat, captions and files, oldest first. */
  lines: Line[];
  /** The customer shares the screen now. */
  sharing: boolean;
  /** Agent only: the customer's device can share a screen; undefined = not said. */
  canShare: boolean | undefined;
  /** Customer only: how often the agent has asked for the screen. */
  asked: number;
  pointer: { surface: Surface; at: Point } | null;
  strokes: Stroke[];
  /** The last sample of each side that is told. */
  quality: Partial<Record<CallRole, Quality>>;
  /** Agent only: a document step's picture is too small or too slow. */
  floorMissed: boolean;
  /** Agent only: the customer's connection is to carry little; they hear the agent and do not see them. */
  savesData: boolean;
  /** Third parties whom this side may know of. */
  parties: Third[];
  /** Customer only: how often another agent has taken the call since this page joined. */
  agentChanges: number;
}

export const nothingTold: Told = { lines: [], sharing: false, canShare: undefined, asked: 0, pointer: null, strokes: [], quality: {}, floorMissed: false, savesData: false, parties: [], agentChanges: 0 };

type Message = Record<string, unknown>;

/** "supervisor" of "supervisor-2": the name that somebody has in the room begins with what they are. */
const roleOf = (name: string) => /^[a-z]+/.exec(name)?.[0] ?? name;

const number = (v: unknown) => (typeof v === 'number' && Number.isFinite(v) ? v : 0);
const surfaceOf = (m: Message): Surface => (m.surface === 'screen' ? 'screen' : 'camera');

/** The most points kept of all strokes; what was drawn first goes first. */
const maxPoints = 20_000;

/** More of a stroke; stroke 0 takes all of the surface away. */
export function draw(strokes: Stroke[], surface: Surface, stroke: number, points: Point[]): Stroke[] {
  if (stroke === 0) return strokes.filter((s) => s.surface !== surface);
  const at = strokes.findIndex((s) => s.surface === surface && s.stroke === stroke);
  const next = at < 0
    ? [...strokes, { surface, stroke, points }]
    : strokes.map((s, i) => (i === at ? { ...s, points: [...s.points, ...points] } : s));
  let total = next.reduce((n, s) => n + s.points.length, 0);
  while (total > maxPoints && next.length > 1) total -= next.shift()!.points.length;
  return next;
}

/** What a message of the server changes; undefined when it is about something else. */
export function tell(now: Told, m: Message): Partial<Told> | undefined {
  switch (m.type) {
    case 'chat': {
      const line = m.line as Line | undefined;
      // After a reconnect all of the call comes again.
      if (!line?.id || now.lines.some((l) => l.id === line.id)) return {};
      return { lines: [...now.lines, line].sort((a, b) => a.id.localeCompare(b.id)) };
    }
    case 'screen':
      return m.on === true ? { sharing: true, canShare: true } : { sharing: false, ...(typeof m.possible === 'boolean' ? { canShare: m.possible } : {}), strokes: draw(now.strokes, 'screen', 0, []), pointer: now.pointer?.surface === 'screen' ? null : now.pointer };
    case 'ask_screen':
      return { asked: now.asked + 1 };
    case 'pointer':
      return { pointer: m.on === false ? null : { surface: surfaceOf(m), at: [number(m.x), number(m.y)] } };
    case 'draw':
      return { strokes: draw(now.strokes, surfaceOf(m), number(m.stroke), Array.isArray(m.points) ? (m.points as Point[]) : []) };
    case 'quality':
      return m.quality && (m.participant === 'agent' || m.participant === 'customer')
        ? { quality: { ...now.quality, [m.participant]: m.quality as Quality } }
        : {};
    case 'floor':
      return { floorMissed: m.state === 'missed' };
    case 'less_data':
      return { savesData: m.on === true };
    case 'agent':
      return m.state === 'changed' ? { agentChanges: now.agentChanges + 1 } : {};
    case 'party': {
      const name = String(m.participant ?? '');
      const others = now.parties.filter((p) => p.name !== name);
      if (!name || m.state !== 'present') return { parties: others };
      return { parties: [...others, { name, role: roleOf(name), mode: String(m.mode ?? 'watch') }] };
    }
  }
  return undefined;
}

/** How good a connection is, in words: what a person can hear and see of it. */
export type Level = 'good' | 'fair' | 'poor';

/** Judges one sample, by the bounds of the server's network test (calls.Advise). */
export function levelOf(q: Quality): Level {
  const loss = Math.max(q.up_audio_loss, q.up_video_loss, q.down_audio_loss, q.down_video_loss);
  const jitter = Math.max(q.up_jitter_ms, q.down_jitter_ms);
  if (loss > 0.1 || q.rtt_ms > 800 || jitter > 100 || (q.r > 0 && q.mos < 3.1)) return 'poor';
  if (loss > 0.03 || q.rtt_ms > 300 || jitter > 40 || (q.r > 0 && q.mos < 3.8)) return 'fair';
  return 'good';
}
