import type { Schema } from '@/api';
import { clockOf, dayOf } from '@/shared/days';
import { midnight } from '../identifications/days';

export type Campaign = Schema<'Campaign'>;
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];
export const retried = ['busy', 'no_answer', 'machine', 'failed'] as const;
export type Retried = (typeof retried)[number];
export const machines = ['hang_up', 'message', 'ignore'] as const;
export const classes = ['notice', 'reminder', 'transaction'] as const;

export interface Window {
  id: number;
  days: Weekday[];
  from: string;
  to: string;
}

/** What the form holds; an empty number field is ''. */
export interface Values {
  name: string;
  flow: string | null;
  class: (typeof classes)[number];
  windows: Window[];
  holidays: string[];
  /** Minutes, not seconds. */
  retries: Record<Retried, { count: number | ''; minutes: number | '' }>;
  maxCalls: number | '';
  machine: (typeof machines)[number];
  machineFlow: string | null;
  progressive: boolean;
  perSecond: number | '';
  parallel: number | '';
  ratio: number | '';
  abandonment: number | '';
  startDay: string | null;
  startTime: string;
  endDay: string | null;
  endTime: string;
  /** Days after the end. */
  keepDays: number | '';
}

/** As the API would fill them in, so that what is shown is what will hold. */
export const defaults: Values = {
  name: '', flow: null, class: 'notice',
  windows: [{ id: 1, days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'], from: '09:00', to: '20:00' }],
  holidays: [],
  retries: { busy: { count: 2, minutes: 10 }, no_answer: { count: 2, minutes: 120 }, machine: { count: 1, minutes: 240 }, failed: { count: 1, minutes: 30 } },
  maxCalls: 4, machine: 'hang_up', machineFlow: null,
  progressive: false, perSecond: 1, parallel: 10, ratio: 1, abandonment: 3,
  startDay: null, startTime: '09:00', endDay: null, endTime: '20:00', keepDays: 90,
};

const clock = /^([01]\d|2[0-3]):[0-5]\d$/;
const clockEnd = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** "9:5" and "9" as people type them, as "09:05" and "09:00"; what is no time of day stays as it is. */
export function tidyClock(text: string): string {
  const m = /^(\d{1,2})(?:[:.](\d{1,2}))?$/.exec(text.trim());
  return m ? `${m[1]!.padStart(2, '0')}:${(m[2] ?? '0').padStart(2, '0')}` : text.trim();
}

/** The moment at which the clock of a zone shows a time on a day, RFC 3339. */
export function moment(day: string, time: string, zone: string): string {
  const [h, m] = time.split(':').map(Number) as [number, number];
  const begin = Date.parse(midnight(day, zone));
  const wanted = `${day} ${time}`;
  // On a night when the clocks are changed the day is not as long as others.
  for (const shift of [0, 60, -60, 30, -30, 120, -120]) {
    const at = begin + (h * 60 + m + shift) * 60_000;
    if (clockOf(at, zone) === wanted) return new Date(at).toISOString();
  }
  return new Date(begin + (h * 60 + m) * 60_000).toISOString();
}

/** The form's values of a campaign that is there. */
export function valuesOf(c: Campaign, zone: string): Values {
  const s = c.settings;
  const p = s.pacing ?? {};
  const when = (at: string | undefined, time: string) => ({ day: at ? dayOf(at, zone) : null, time: at ? clockOf(at, zone).slice(11) : time });
  const start = when(c.start_at, defaults.startTime);
  const end = when(c.end_at, defaults.endTime);
  return {
    name: c.name, flow: c.flow, class: c.class,
    windows: (s.windows ?? []).map((w, i) => ({ id: i + 1, days: [...w.days], from: w.from, to: w.to })),
    holidays: s.holiday_calendars ?? [],
    retries: Object.fromEntries(retried.map((r) => {
      const rule = s.retries?.[r];
      return [r, rule ? { count: rule.count, minutes: rule.delay / 60 } : defaults.retries[r]];
    })) as Values['retries'],
    maxCalls: s.max_calls ?? 4, machine: s.machine ?? 'hang_up', machineFlow: c.machine_flow ?? null,
    progressive: p.mode === 'progressive', perSecond: p.calls_per_second ?? 1, parallel: p.parallel ?? 10, ratio: p.ratio ?? 1, abandonment: p.abandonment_percent ?? 3,
    startDay: start.day, startTime: start.time, endDay: end.day, endTime: end.time, keepDays: s.keep_days ?? defaults.keepDays,
  };
}

const within = (v: number | '', low: number, high: number, whole = true) => v !== '' && v >= low && v <= high && (!whole || Number.isInteger(v));

/** Keys of what the API would refuse. */
export function problemsIn(v: Values, zone: string): Set<string> {
  const out = new Set<string>();
  const wrong = (key: string, is: boolean) => { if (is) out.add(key); };
  wrong('name', !v.name.trim());
  wrong('flow', !v.flow);
  wrong('windows', v.windows.length === 0);
  for (const w of v.windows) {
    wrong(`days.${w.id}`, w.days.length === 0);
    wrong(`from.${w.id}`, !clock.test(w.from));
    wrong(`to.${w.id}`, !clockEnd.test(w.to) || w.to <= w.from);
  }
  for (const r of retried) {
    const rule = v.retries[r];
    wrong(`count.${r}`, !within(rule.count, 0, 10));
    wrong(`minutes.${r}`, rule.count !== 0 && !within(rule.minutes, 0.5, 10_080, false));
  }
  wrong('maxCalls', !within(v.maxCalls, 1, 20));
  wrong('keepDays', !within(v.keepDays, 1, 3650));
  wrong('machineFlow', v.machine === 'message' && !v.machineFlow);
  wrong('perSecond', v.perSecond === '' || v.perSecond <= 0 || v.perSecond > 500);
  wrong('parallel', !within(v.parallel, 1, 2000));
  if (v.progressive) {
    wrong('ratio', !within(v.ratio, 1, 3, false));
    wrong('abandonment', v.abandonment === '' || v.abandonment <= 0 || v.abandonment > 10);
  }
  wrong('startTime', v.startDay !== null && !clock.test(v.startTime));
  wrong('endTime', v.endDay !== null && !clock.test(v.endTime));
  if (v.startDay && v.endDay && clock.test(v.startTime) && clock.test(v.endTime)) wrong('end', moment(v.endDay, v.endTime, zone) <= moment(v.startDay, v.startTime, zone));
  return out;
}

function settingsOf(v: Values, kept: Schema<'CampaignSettings'> = {}): Schema<'CampaignSettings'> {
  return {
    ...kept, // columns, which the form does not show
    windows: v.windows.map(({ days, from, to }) => ({ days: weekdays.filter((d) => days.includes(d)), from, to })),
    holiday_calendars: v.holidays,
    retries: Object.fromEntries(retried.map((r) => [r, { count: Number(v.retries[r].count), delay: Math.round(Number(v.retries[r].minutes || 1) * 60) }])),
    max_calls: Number(v.maxCalls),
    keep_days: Number(v.keepDays),
    machine: v.machine,
    pacing: {
      mode: v.progressive ? 'progressive' : 'fixed', calls_per_second: Number(v.perSecond), parallel: Number(v.parallel),
      ...(v.progressive && { ratio: Number(v.ratio), abandonment_percent: Number(v.abandonment) }),
    },
  };
}

/** What is sent to make it. */
export function newCampaign(v: Values, zone: string): Schema<'NewCampaign'> {
  return {
    name: v.name.trim(), flow: v.flow!, class: v.class, settings: settingsOf(v),
    ...(v.machine === 'message' && { machine_flow: v.machineFlow! }),
    ...(v.startDay && { start_at: moment(v.startDay, v.startTime, zone) }),
    ...(v.endDay && { end_at: moment(v.endDay, v.endTime, zone) }),
  };
}

/** What is sent to change it: flow, its message for machines and the class only of a draft. */
export function changes(v: Values, zone: string, was: Campaign): Schema<'CampaignChanges'> {
  const draft = was.state === 'draft';
  return {
    name: v.name.trim(), settings: settingsOf(v, was.settings),
    ...(draft && { flow: v.flow!, class: v.class, machine_flow: v.machine === 'message' ? v.machineFlow! : '' }),
    ...(['draft', 'awaiting_approval', 'scheduled'].includes(was.state) && { start_at: v.startDay ? moment(v.startDay, v.startTime, zone) : '' }),
    end_at: v.endDay ? moment(v.endDay, v.endTime, zone) : '',
  };
}
