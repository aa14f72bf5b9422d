import type { Schema } from '@/api';

export type Route = Schema<'MessageRoute'>;
export type Step = Schema<'MessageRouteStep'>;
export type Occasion = NonNullable<Step['on']>[number];

/** What share of the codes that were sent was confirmed, 0 to 1. */
export function share(c: { sent: number; confirmed: number }): number {
  return c.sent > 0 ? Math.min(1, c.confirmed / c.sent) : 0;
}

/** When a step gives way if nothing is said: the API's default. */
export function occasions(step: Step): Occasion[] {
  return step.on?.length ? step.on : ['undelivered', 'provider_down', ...(step.wait_seconds ? (['no_receipt'] as const) : [])];
}

/** What is wrong with a ladder, to be put into words: `routes.problem.<why>`, with the step from 1 where there is one. */
export interface RouteProblem {
  why: 'prefix' | 'noSteps' | 'twice' | 'firstWith' | 'wait';
  step?: number;
}

export function problemOf(route: Route, all: readonly Route[]): RouteProblem | undefined {
  if (route.prefix && !/^\+[1-9]\d{0,9}$/.test(route.prefix)) return { why: 'prefix' };
  if (route.steps.length === 0) return { why: 'noSteps' };
  if (all.filter((r) => (r.class ?? '') === (route.class ?? '') && (r.prefix ?? '') === (route.prefix ?? '')).length > 1) return { why: 'twice' };
  if (route.steps[0]!.with) return { why: 'firstWith', step: 1 };
  const waits = route.steps.findIndex((s) => !s.wait_seconds && s.on?.some((o) => o === 'no_receipt' || o === 'not_met'));
  return waits >= 0 ? { why: 'wait', step: waits + 1 } : undefined;
}
