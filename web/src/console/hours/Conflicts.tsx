import { Alert, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schema } from '@/api';
import { TimeText, useLanguage } from '@/shared';
import { difference, type Hours, spanText } from './hours';
import classes from './hours.module.css';

/** The bookings whose agent no longer works at their time, and what became of each. Nothing where there are none. */
export function Conflicts({ conflicts }: { conflicts: readonly Schema<'BookingConflict'>[] }) {
  const { t } = useTranslation('console');
  if (conflicts.length === 0) return null;
  const open = conflicts.filter((c) => c.action !== 'reseated').length;
  return (
    <Alert color={open > 0 ? 'yellow' : 'petrol'} role="status" title={t('hours.conflicts', { count: conflicts.length })}>
      <Stack gap={4}>
        <ul className={classes.conflicts}>
          {conflicts.map((c) => (
            <li key={c.booking_id}>
              <Link to={`/identifications/${c.identification_id}`}><TimeText value={c.start} format="datetime" /></Link>{' '}
              <Text span size="sm">{t(`hours.action.${c.action}`)}</Text>
            </li>
          ))}
        </ul>
      </Stack>
    </Alert>
  );
}

/** What a change of the week takes away and adds, by words and marks, not by colour alone. */
export function Difference({ before, after }: { before: readonly Hours[]; after: readonly Hours[] }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const { gone, added } = difference(before, after);
  if (gone.length === 0 && added.length === 0) return <Text size="sm">{t('hours.same')}</Text>;
  const line = (h: Hours) => `${spanText(h, intl)}${h.kind === 'break' ? ` (${t('hours.break')})` : ''}`;
  return (
    <ul className={classes.difference}>
      {gone.map((h, i) => (
        <li key={`g${i}`}><del aria-label={t('hours.gone', { span: line(h) })}>{line(h)}</del></li>
      ))}
      {added.map((h, i) => (
        <li key={`a${i}`}><ins aria-label={t('hours.added', { span: line(h) })}>{line(h)}</ins></li>
      ))}
    </ul>
  );
}
