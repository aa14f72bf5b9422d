import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { StateBadge } from '@/shared';
import { useNumber } from '../parts/number';
import classes from './messages.module.css';

const order: Schema<'MessageState'>[] = ['accepted', 'sent', 'delivered', 'undelivered', 'expired', 'cancelled'];

/** How many of a batch's messages are in which state, and how many rows were refused. */
export function Counts({ batch }: { batch: Schema<'MessageBatch'> }) {
  const { t } = useTranslation('console');
  const number = useNumber();
  const { t: common } = useTranslation();
  return (
    <ul className={classes.counts}>
      {order.filter((s) => batch.states[s]).map((s) => (
        <li key={s}><StateBadge state={s}>{common(`state.${s}`)} {number(batch.states[s])}</StateBadge></li>
      ))}
      {batch.refused > 0 && <li><StateBadge state="refused" tone="warning">{t('batches.refused')} {number(batch.refused)}</StateBadge></li>}
    </ul>
  );
}
