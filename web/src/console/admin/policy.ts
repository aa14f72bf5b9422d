import type { Schema } from '@/api';

type Policy = Schema<'MessagePolicy'>;

/** The classes that can be held back; codes and rings always go. */
export const held = ['transaction', 'reminder', 'notice'] as const;
export type Held = (typeof held)[number];

/** How long a code and a ring are worth sending, seconds (channels/class.go): nobody changes that. */
export const fixedLifetimes = { security: 300, ring: 45 } as const;

export interface PolicyForm {
  classes: Record<Held, { quiet: boolean; from: string; to: string; cap: number | ''; cap_hours: number | ''; lifetime_hours: number | '' }>;
  hourly_budget: number | '';
  refused_prefixes: string[];
  watch: boolean;
  line: number | '';
  minimum: number | '';
}

export function formOf(p: Policy): PolicyForm {
  const one = (key: Held) => {
    const c = p.classes?.[key];
    return { quiet: c?.quiet_hours !== undefined, from: c?.quiet_hours?.from ?? '21:00', to: c?.quiet_hours?.to ?? '08:00', cap: c?.cap ?? 0, cap_hours: c?.cap_hours ?? 24, lifetime_hours: c?.lifetime_hours ?? 24 };
  };
  return {
    classes: { transaction: one('transaction'), reminder: one('reminder'), notice: one('notice') },
    hourly_budget: p.hourly_budget ?? 0,
    refused_prefixes: p.refused_prefixes ?? [],
    watch: p.conversion?.off !== true,
    line: p.conversion?.line ?? 35,
    minimum: p.conversion?.minimum ?? 50,
  };
}

/** What the API takes: what limits nothing is left out. */
export function policyOf(f: PolicyForm): Policy {
  const classes: NonNullable<Policy['classes']> = {};
  for (const key of held) {
    const c = f.classes[key];
    const quiet_hours = c.quiet ? { from: c.from, to: c.to } : undefined;
    const cap = Number(c.cap) > 0 ? { cap: Number(c.cap), cap_hours: Number(c.cap_hours) } : undefined;
    const life = Number(c.lifetime_hours) !== 24 ? { lifetime_hours: Number(c.lifetime_hours) } : undefined; // 24 is the default
    if (quiet_hours || cap || life) classes[key] = { ...(quiet_hours ? { quiet_hours } : {}), ...cap, ...life };
  }
  return {
    classes,
    hourly_budget: Number(f.hourly_budget),
    refused_prefixes: f.refused_prefixes,
    conversion: { line: Number(f.line), minimum: Number(f.minimum), off: !f.watch },
  };
}

/** Whether a time of day is one: "08:00". */
export function isClock(v: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(v);
}

/** Minutes of quiet a day; over midnight when it begins later than it ends. */
export function quietMinutes(from: string, to: string): number {
  const minutes = (v: string) => Number(v.slice(0, 2)) * 60 + Number(v.slice(3));
  return (minutes(to) - minutes(from) + 1440) % 1440;
}
