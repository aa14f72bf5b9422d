import type { Tone } from '@/shared';
import { toneOf } from '@/shared';

const verbs: Record<string, Tone> = {
  started: 'progress', answered: 'progress', ringing: 'progress', completed: 'positive', code_passed: 'positive', code_refused: 'negative', step_passed: 'positive', step_failed: 'negative',
};

/** The tone of what happened, by its verb. */
export function toneOfEvent(type: string): Tone {
  const verb = type.split('.')[1] ?? '';
  return verbs[verb] ?? toneOf(verb);
}
