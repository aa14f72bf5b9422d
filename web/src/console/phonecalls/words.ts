import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { type Tone, useLanguage } from '@/shared';

export type PhoneCall = Schema<'PhoneCall'>;
type State = Schema<'PhoneCallState'>;
export type StepKind = Schema<'FlowStepKind'>;

export const callStates: readonly State[] = ['queued', 'dialing', 'ringing', 'answered', 'completed', 'busy', 'no_answer', 'failed', 'canceled', 'unknown'];

/** Whether nothing more comes of the call. */
export function isOver(state: State): boolean {
  return ['completed', 'busy', 'no_answer', 'failed', 'canceled'].includes(state);
}

const tones: Record<State, Tone> = {
  queued: 'info', dialing: 'progress', ringing: 'progress', answered: 'progress', completed: 'positive',
  busy: 'warning', no_answer: 'warning', failed: 'negative', canceled: 'neutral', unknown: 'warning',
};
export function toneOfCall(state: State): Tone {
  return tones[state];
}

/** What a call came to that is not the flow's own word. */
const outcomes = ['expired', 'opted_out', 'machine', 'hung_up', 'no_dialogue', 'refused', 'canceled', 'lost', 'busy', 'no_answer', 'failed', 'done'] as const;

/** The words of phone calls in the reader's language; a flow's own words stay as the bank wrote them. */
export function usePhoneWords() {
  const { t } = useTranslation('voice');
  const { intl } = useLanguage();
  const seconds = new Intl.NumberFormat(intl, { style: 'unit', unit: 'second', unitDisplay: 'short', maximumFractionDigits: 1 });
  return {
    state: (s: State) => t(`callState.${s}`),
    outcome: (o: string) => {
      const known = outcomes.find((x) => x === o);
      return known ? t(`callOutcome.${known}`) : o;
    },
    kind: (k: StepKind) => t(`kind.${k}`),
    /** "12.5 sec" in the digits of the language. */
    took: (ms: number) => seconds.format(ms / 1000),
  };
}
