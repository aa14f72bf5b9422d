import { Badge, Button, Group, SegmentedControl, Switch, Text } from '@mantine/core';
import { IconChevronLeft, IconMessageCircle } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { api, body, type Schema } from '@/api';
import { EmptyState, ErrorState, LoadingState, StateBadge, TimeText, useLanguage } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { useTranslated } from '../frame/scenarios';
import { useList } from '../parts/pages';
import { useMe } from '../session/session';
import { ChatPane } from './ChatPane';
import classes from './chats.module.css';

type Summary = Schema<'ThreadSummary'>;
type Which = 'waiting' | 'mine' | 'all';

/** The chats of all cases: who waits for a person, those that one has, and the open one beside them. */
export function ChatsPage() {
  const { t } = useTranslation('console');
  const { identificationId } = useParams();
  const me = useMe();
  const [which, setWhich] = useState<Which>('waiting');
  const [unread, setUnread] = useState(false);
  const query = { state: which === 'waiting' ? ('waiting' as const) : undefined, agent_id: which === 'mine' ? me.agent.id : undefined, unread: unread || undefined };
  const list = useList<Summary>(['threads', 'list', query], (cursor) => body(api.GET('/v1/threads', { params: { query: { ...query, limit: 100, cursor } } })));
  // Who has waited longest comes first.
  const items = which === 'waiting' ? [...(list.items ?? [])].sort((a, b) => (a.asked_at ?? '').localeCompare(b.asked_at ?? '')) : list.items;
  const opened = list.items?.find((s) => s.identification_id === identificationId);
  return (
    <ConsolePage title={t('nav.chats')} flush>
      <div className={classes.page} data-open={identificationId ? true : undefined}>
        <section className={classes.list} aria-label={t('nav.chats')}>
          <Group justify="space-between" gap="xs">
            <SegmentedControl value={which} onChange={(v) => setWhich(v as Which)} aria-label={t('chats.which')} data={(['waiting', 'mine', 'all'] as const).map((value) => ({ value, label: t(`chats.${value === 'mine' ? 'myOwn' : value}`) }))} />
            <Switch label={t('chats.unreadOnly')} checked={unread} onChange={(e) => setUnread(e.currentTarget.checked)} />
          </Group>
          {!list.items ? (
            list.error ? <ErrorState error={list.error} onRetry={list.refetch} withDetail /> : <LoadingState />
          ) : items!.length === 0 ? (
            <EmptyState title={which === 'waiting' ? t('chats.nobodyWaits') : t('chats.none')} icon={<IconMessageCircle size={24} stroke={1.6} />}>{t('chats.noneText')}</EmptyState>
          ) : (
            <ul>
              {items!.map((s) => (
                <li key={s.identification_id}><Row summary={s} current={s.identification_id === identificationId} /></li>
              ))}
            </ul>
          )}
          {list.more && <Button variant="default" onClick={list.more} loading={list.loadingMore}>{t('more')}</Button>}
        </section>
        {identificationId ? (
          <section className={classes.open} aria-label={t('chats.open')}>
            <Group justify="space-between" wrap="nowrap">
              <Group gap="xs" wrap="nowrap" miw={0}>
                <Button className={classes.back} component={Link} to="/chats" variant="default" size="xs" leftSection={<IconChevronLeft size={16} className={classes.arrow} aria-hidden="true" />}>{t('nav.chats')}</Button>
                {opened && <Text fw={620} truncate><bdi>{opened.customer.name}</bdi></Text>}
              </Group>
              <Button component={Link} to={`/identifications/${identificationId}`} variant="default" size="xs" flex="none">{t('openCase')}</Button>
            </Group>
            <div className={classes.pane}><ChatPane key={identificationId} identificationId={identificationId} customerName={opened?.customer.name} /></div>
          </section>
        ) : (
          <section className={classes.open} data-none>
            <EmptyState title={t('chats.choose')} icon={<IconMessageCircle size={24} stroke={1.6} />}>{t('chats.chooseText')}</EmptyState>
          </section>
        )}
      </div>
    </ConsolePage>
  );
}

function Row({ summary: s, current }: { summary: Summary; current: boolean }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const { intl } = useLanguage();
  const translated = useTranslated();
  return (
    <Link to={`/chats/${s.identification_id}`} className={classes.row} aria-current={current || undefined}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text fw={600} truncate><bdi>{s.customer.name}</bdi></Text>
        {s.unread > 0 && <Badge color="red" variant="filled" circle={s.unread < 10} aria-label={common('call.chat.unread', { count: s.unread })}>{new Intl.NumberFormat(intl).format(s.unread)}</Badge>}
      </Group>
      {s.last_text && (
        <Text size="sm" c="dimmed" truncate dir="auto">
          {s.last_text}
        </Text>
      )}
      <Group gap={8}>
        <StateBadge state={s.state} tone={s.state === 'waiting' ? 'warning' : s.state === 'person' ? 'progress' : 'neutral'}>
          {s.state === 'person' ? <bdi>{s.agent_name ?? t('word.agent')}</bdi> : t(`chats.state.${s.state}`)}
        </StateBadge>
        <Text size="xs" c="dimmed">{translated(s.scenario.name)}</Text>
        <Text size="xs" c="dimmed"><TimeText value={(s.state === 'waiting' && s.asked_at) || s.last_at!} format="short" /></Text>
      </Group>
    </Link>
  );
}
