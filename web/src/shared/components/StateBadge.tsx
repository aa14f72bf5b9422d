import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Tone } from '../theme/palette';
import classes from './StateBadge.module.css';

const toneOfState: Record<string, Tone> = {
  draft: 'neutral', created: 'neutral', open: 'info', pending: 'info', queued: 'info', scheduled: 'info', booked: 'info',
  confirmed: 'progress', accepted: 'info', sending: 'progress', sent: 'progress', due: 'warning', waiting: 'warning',
  ringing: 'progress', rung: 'progress', in_call: 'progress', active: 'progress',
  ready: 'positive', delivered: 'positive', approved: 'positive', verified: 'positive', completed: 'positive', ended: 'neutral',
  kept: 'positive', served: 'positive', passed: 'positive', complete: 'positive', succeeded: 'positive', enabled: 'positive',
  offered: 'progress', wrap_up: 'info', left: 'neutral', skipped: 'neutral', deleted: 'neutral', unserved: 'negative', max_attempts: 'negative',
  paused: 'warning', offline: 'neutral', unknown: 'warning',
  missed: 'negative', declined: 'negative', denied: 'negative', rejected: 'negative', failed: 'negative', undelivered: 'negative',
  expired: 'neutral', cancelled: 'neutral', canceled: 'neutral', moved: 'neutral', disabled: 'neutral',
};

/** The tone of a state of any of our state machines; neutral for one it does not know. */
export function toneOf(state: string): Tone {
  return toneOfState[state] ?? 'neutral';
}

export interface StateBadgeProps {
  /** A state as the API names it. Its text is common.json's `state.<state>`, else `children`, else the state itself. */
  state: string;
  /** When the state means something else here. */
  tone?: Tone;
  /** Another text than the state's own. */
  children?: ReactNode;
}

/** A state as a small coloured word with a dot; never by colour alone. */
export function StateBadge({ state, tone = toneOf(state), children }: StateBadgeProps) {
  const { t } = useTranslation();
  const own = t(`state.${state}` as 'state.booked', { defaultValue: state.replaceAll('_', ' ') });
  return (
    <span className={classes.badge} data-tone={tone}>
      <span className={classes.dot} aria-hidden="true" />
      {children ?? own}
    </span>
  );
}
