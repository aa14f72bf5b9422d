import type { Schema } from '@/api';

export type Definition = Schema<'ScenarioDefinition'>;
type Settings = Partial<NonNullable<Definition['settings']>>;
type NeedRules = Record<string, { extra_minutes?: number; skill?: string }>;

/** The numbers of the form with where they stand in a scenario's settings, their bounds and defaults as in the API. */
export const numbers = [
  { key: 'slot_minutes', in: 'settings', min: 1, max: 480, fallback: 15, unit: 'min', part: 'times' },
  { key: 'slot_interval_minutes', in: 'settings', min: 1, max: 1440, fallback: undefined, unit: 'min', part: 'times' },
  { key: 'buffer_before_minutes', in: 'capacity', min: 0, max: 240, fallback: 0, unit: 'min', part: 'times' },
  { key: 'buffer_after_minutes', in: 'capacity', min: 0, max: 240, fallback: 0, unit: 'min', part: 'times' },
  { key: 'notice_minutes', in: 'settings', min: 0, max: 129600, fallback: 60, unit: 'min', part: 'times' },
  { key: 'horizon_days', in: 'settings', min: 1, max: 365, fallback: 14, unit: 'days', part: 'times' },
  { key: 'daily_cap', in: 'capacity', min: 0, max: 100000, fallback: 0, unit: 'bookings', part: 'limits' },
  { key: 'agent_daily_cap', in: 'capacity', min: 0, max: 1000, fallback: 0, unit: 'bookings', part: 'limits' },
  { key: 'overbooking', in: 'settings', min: 0, max: 1000, fallback: 0, unit: 'bookings', part: 'limits' },
  { key: 'overbooking_percent', in: 'capacity', min: 0, max: 200, fallback: 0, unit: 'percent', part: 'limits' },
  { key: 'hold_minutes', in: 'booking', min: 1, max: 60, fallback: 10, unit: 'min', part: 'customer' },
  { key: 'offer_minutes', in: 'booking', min: 1, max: 1440, fallback: 15, unit: 'min', part: 'customer' },
  { key: 'call_now_seconds', in: 'booking', min: 0, max: 3600, fallback: 120, unit: 's', part: 'customer' },
  { key: 'check_in_minutes', in: 'booking', min: 1, max: 1440, fallback: 120, unit: 'min', part: 'customer' },
] as const;

export type NumberKey = (typeof numbers)[number]['key'];

export interface NeedRow {
  id: string;
  name: string;
  extra_minutes: number;
  skill: string;
}

/** What the form holds. */
export interface Values {
  numbers: Record<NumberKey, number | ''>;
  stepUp: boolean;
  chooseAgent: boolean;
  needs: NeedRow[];
}

const groupOf = (settings: Settings, where: (typeof numbers)[number]['in']): Record<string, unknown> =>
  (where === 'settings' ? settings : (settings[where] ?? {})) as Record<string, unknown>;

export function valuesOf(definition: Definition): Values {
  const settings: Settings = definition.settings ?? {};
  const needs: NeedRules = settings.capacity?.needs ?? {};
  return {
    numbers: Object.fromEntries(numbers.map((n) => [n.key, (groupOf(settings, n.in)[n.key] as number | undefined) ?? n.fallback ?? ''])) as Values['numbers'],
    stepUp: settings.booking?.step_up ?? false,
    chooseAgent: settings.capacity?.choose_agent ?? false,
    needs: Object.entries(needs).map(([name, rule]) => ({ id: name, name, extra_minutes: rule.extra_minutes ?? 0, skill: rule.skill ?? '' })),
  };
}

/** The definition with the form's values in it; everything else stays as it was. */
export function withValues(definition: Definition, values: Values): Definition {
  const settings: Settings = structuredClone(definition.settings ?? {});
  for (const n of numbers) {
    if (n.in !== 'settings') settings[n.in] ??= {} as never;
    const group = groupOf(settings, n.in);
    const value = values.numbers[n.key];
    if (value === '' || (value === n.fallback && group[n.key] === undefined)) delete group[n.key];
    else group[n.key] = value;
  }
  const booking = (settings.booking ??= {} as NonNullable<Settings['booking']>) as Record<string, unknown>;
  const capacity = (settings.capacity ??= {} as NonNullable<Settings['capacity']>) as Record<string, unknown>;
  if (values.stepUp || booking.step_up !== undefined) booking.step_up = values.stepUp;
  if (values.chooseAgent || capacity.choose_agent !== undefined) capacity.choose_agent = values.chooseAgent;
  const needs = values.needs.filter((n) => n.name.trim());
  if (needs.length > 0) capacity.needs = Object.fromEntries(needs.map((n) => [n.name.trim(), { ...(n.extra_minutes > 0 && { extra_minutes: n.extra_minutes }), ...(n.skill.trim() && { skill: n.skill.trim() }) }]));
  else delete capacity.needs;
  if (Object.keys(booking).length === 0) delete settings.booking;
  if (Object.keys(capacity).length === 0) delete settings.capacity;
  return { ...definition, settings: settings as Definition['settings'] };
}

const skillName = /^[a-z][a-z0-9_]{0,62}$/;

/** Keys of what the API would refuse: numbers out of bounds, needs without a name, twice, or with a skill of the wrong form. */
export function problemsIn(values: Values): Set<string> {
  const out = new Set<string>();
  for (const n of numbers) {
    const v = values.numbers[n.key];
    if (v === '' ? n.fallback !== undefined : v < n.min || v > n.max || !Number.isInteger(v)) out.add(n.key);
  }
  for (const need of values.needs) {
    if (!need.name.trim() || values.needs.some((o) => o !== need && o.name.trim() === need.name.trim())) out.add(`need.${need.id}`);
    else if (need.skill.trim() && !skillName.test(need.skill.trim())) out.add(`skill.${need.id}`);
  }
  return out;
}
