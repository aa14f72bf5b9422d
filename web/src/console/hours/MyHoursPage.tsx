import { Button, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { ConsolePage } from '../frame/ConsolePage';
import { useMe } from '../session/session';
import { CalendarFeeds } from './CalendarFeeds';
import { Exceptions } from './Exceptions';
import { WeekEditor } from './WeekEditor';

/** My own hours: the week, the days that differ, and my calendar elsewhere. */
export function MyHoursPage() {
  const { t } = useTranslation('console');
  const me = useMe().agent.id;
  return (
    <ConsolePage title={t('hours.mine')} actions={<Button component={Link} to="/agenda" variant="default">{t('hours.toAgenda')}</Button>}>
      <Stack maw={860} gap="lg">
        <WeekEditor agentId={me} own />
        <Exceptions agentId={me} own />
        <CalendarFeeds />
      </Stack>
    </ConsolePage>
  );
}
