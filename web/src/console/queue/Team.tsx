import { Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ErrorState, LoadingState, StateBadge, useLanguage, useNow } from '@/shared';
import { useTeam } from '../frame/presence';
import { onOurClock } from '../frame/serverClock';
import { useMe } from '../session/session';

/** Everyone who takes calls: what they are doing, and since when. Those who are here first. */
export function Team() {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const me = useMe();
  const team = useTeam();
  const now = useNow(10_000);
  if (!team.data) return team.error ? <ErrorState error={team.error} onRetry={() => void team.refetch()} /> : <LoadingState />;
  const here = (state: string) => (state === 'offline' ? 1 : 0);
  const sorted = [...team.data].sort((a, b) => here(a.state) - here(b.state) || a.name.localeCompare(b.name, intl));
  return (
    <Stack gap={10} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
      {sorted.map((agent) => (
        <Group key={agent.agent_id} component="li" justify="space-between" wrap="nowrap" gap="sm">
          <Text truncate>
            {agent.name}
            {agent.agent_id === me.agent.id && <Text span c="dimmed"> · {t('queue.me')}</Text>}
          </Text>
          <Group gap={8} wrap="nowrap">
            {agent.state !== 'offline' && (
              <Text size="xs" c="dimmed" className="vv-numbers" style={{ whiteSpace: 'nowrap' }}>
                {t('minutes', { count: Math.max(0, Math.floor((now - Date.parse(onOurClock(agent.since))) / 60_000)) })}
              </Text>
            )}
            <StateBadge state={agent.state}>{t(`presence.${agent.state}`)}</StateBadge>
          </Group>
        </Group>
      ))}
    </Stack>
  );
}
