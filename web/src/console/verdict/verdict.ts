import type { Schema } from '@/api';

/** Something without which there is no approval, as identifications/verdict.go counts it. */
export type Missing =
  | { what: 'consent'; key: Schema<'ConsentKey'> }
  | { what: 'document' }
  | { what: 'form' }
  | { what: 'call' }
  | { what: 'step'; kind: Schema<'StepKind'> }
  | { what: 'recording' };

export interface Evidence {
  identification: Pick<Schema<'Identification'>, 'consents' | 'document_type' | 'form'>;
  /** The last call that was answered; undefined when there was none. */
  call: Pick<Schema<'Call'>, 'state' | 'steps' | 'recordings'> | undefined;
  /** Of the scenario; undefined while it is not known, then its defaults are taken. */
  definition?: Pick<Schema<'ScenarioDefinition'>, 'consents' | 'form'>;
}

const defaultConsents: Schema<'ConsentKey'>[] = ['process', 'recording'];

/** What stands between the case and its approval; empty = it can be approved. */
export function missingForApproval({ identification, call, definition }: Evidence): Missing[] {
  const missing: Missing[] = [];
  for (const key of definition?.consents ?? defaultConsents) {
    // The newest decision on a text counts.
    const decided = identification.consents.filter((c) => c.key === key).sort((a, b) => b.at.localeCompare(a.at))[0];
    if (!decided?.accepted) missing.push({ what: 'consent', key });
  }
  if (!identification.document_type) missing.push({ what: 'document' });
  const form = identification.form;
  const hasForm = (definition?.form?.length ?? 0) > 0;
  if (hasForm && (!form || form.version === 0 || form.confirmed_version !== form.version)) missing.push({ what: 'form' });
  if (!call) {
    missing.push({ what: 'call' });
    return missing;
  }
  for (const step of call.steps) if (step.required && step.state !== 'passed') missing.push({ what: 'step', kind: step.kind });
  const parts = call.recordings;
  // While the call goes on its recording is open; the verdict ends and seals it.
  const good = call.state === 'active' ? parts.some((r) => r.state !== 'failed') : parts.length > 0 && parts.every((r) => r.state === 'complete');
  if (!good) missing.push({ what: 'recording' });
  return missing;
}

/** The call that a verdict rests on: the last that was answered. */
export function lastAnswered<C extends Pick<Schema<'Call'>, 'answered_at'>>(calls: C[]): C | undefined {
  return calls.filter((c) => c.answered_at !== undefined).at(-1);
}

/** The step to open after `position`: the next that is not passed, round to the beginning; undefined when all are. */
export function nextStep(steps: Pick<Schema<'CallStep'>, 'position' | 'state'>[], position: number): number | undefined {
  const open = steps.filter((s) => s.state === 'pending' || s.state === 'failed').map((s) => s.position);
  return open.find((p) => p > position) ?? open.find((p) => p !== position) ?? open[0];
}
