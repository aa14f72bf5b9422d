import { Button, Group, SimpleGrid, Table, Text } from '@mantine/core';
import { IconUsersGroup } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Countdown, EmptyState, ErrorState, formatDuration, LoadingState, StateBadge, useLanguage, useNow } from '@/shared';
import { ConsolePage, useQueue } from '../frame/ConsolePage';
import { useAgentName } from '../frame/names';
import { useTranslated } from '../frame/scenarios';
import { onOurClock } from '../frame/serverClock';
import { AskNotifications } from '../offer/AskNotifications';
import { Section } from '../parts/parts';
import { KindBadge } from '../parts/KindBadge';
import parts from '../parts/parts.module.css';
import { useMay } from '../session/roles';
import { Team } from './Team';

/** Who waits, in order, live. */
export function QueuePage() {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const translated = useTranslated();
  const agentName = useAgentName();
  const may = useMay();
  const queue = useQueue();
  const now = useNow(1000);
  const items = queue.data?.items;
  return (
    <ConsolePage title={t('nav.queue')} titleExtra={queue.data && <Text c="dimmed" visibleFrom="sm" className="vv-numbers">{t('queue.ready', { count: queue.data.ready_agents })}</Text>} actions={<Button component={Link} to="/queue/branch" variant="default" size="xs">{t('branch.title')}</Button>} flush>
      <AskNotifications />
      <SimpleGrid cols={{ base: 1, lg: may('takeCalls') ? 2 : 1 }} p={{ base: 'md', sm: 'lg' }} spacing="lg" style={{ alignItems: 'start' }}>
        <div>
          {!items ? (
            queue.error ? <ErrorState error={queue.error} onRetry={() => void queue.refetch()} withDetail /> : <LoadingState />
          ) : items.length === 0 ? (
            <EmptyState title={t('queue.empty')} icon={<IconUsersGroup size={24} stroke={1.6} />}>
              {t('queue.emptyText')}
            </EmptyState>
          ) : (
            <div className={parts.tableFrame}>
              <Table aria-label={t('nav.queue')}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col" data-wide>{t('queue.position')}</Table.Th>
                    <Table.Th scope="col">{t('word.customer')}</Table.Th>
                    <Table.Th scope="col">{t('queue.waits')}</Table.Th>
                    <Table.Th scope="col">{t('word.state')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((entry) => (
                    <Table.Tr key={entry.id} className={parts.openable}>
                      <Table.Td className="vv-numbers" data-wide>{new Intl.NumberFormat(intl).format(entry.position)}</Table.Td>
                      <Table.Td>
                        <Link className={parts.rowLink} to={`/identifications/${entry.identification_id}`}>{entry.customer_name}</Link>
                        <Text size="sm" c="dimmed">{t(`queue.way.${entry.way}`)} · {translated(entry.scenario.name)}</Text>
                        <KindBadge kind={entry.scenario.kind} />
                      </Table.Td>
                      <Table.Td className="vv-numbers">{formatDuration(now - Date.parse(onOurClock(entry.entered_at)), intl)}</Table.Td>
                      <Table.Td>
                        <StateBadge state={entry.state} />
                        {entry.state === 'offered' && (
                          <Group gap={6} mt={4}>
                            <Text size="sm" c="dimmed">{agentName(entry.offered_to) ?? t('word.agent')}</Text>
                            {entry.offer_expires_at && <Text size="sm" c="dimmed"><Countdown to={onOurClock(entry.offer_expires_at)} /></Text>}
                          </Group>
                        )}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )}
        </div>
        {may('takeCalls') && (
          <Section title={t('queue.team')}>
            <Team />
          </Section>
        )}
      </SimpleGrid>
    </ConsolePage>
  );
}
