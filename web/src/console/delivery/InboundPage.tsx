import { Button, Drawer, Select, Stack, Text } from '@mantine/core';
import { IconMessageReply } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { api, body, type Schema } from '@/api';
import { EmptyState, PhoneText, StateBadge, TimeText } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { MessageDetails } from '../messages/MessageDetails';
import { ActivityTabs } from '../parts/ActivityTabs';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import { Facts } from '../parts/parts';
import parts from '../parts/parts.module.css';
import { useMay } from '../session/roles';
import classes from './delivery.module.css';

type Inbound = Schema<'InboundMessage'>;
const intents: Schema<'InboundIntent'>[] = ['stop', 'start', 'help', 'not_me', 'yes', 'no', 'text'];
const tones = { not_me: 'negative', stop: 'warning', start: 'positive' } as const;

/** What customers sent in, and the keys that they pressed in calls. */
export function InboundPage() {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [opened, setOpened] = useState<Inbound>();
  const set = (key: string, value: string | null) =>
    setParams((now) => {
      if (value) now.set(key, value);
      else now.delete(key);
      return now;
    }, { replace: true });
  const intent = intents.find((i) => i === params.get('intent'));
  const customer_id = params.get('customer') ?? undefined;
  const list = useList<Inbound>(['inbound-messages', 'list', { intent, customer_id }], (cursor) =>
    body(api.GET('/v1/inbound-messages', { params: { query: { intent, customer_id, limit: 50, cursor } } })),
  );
  return (
    <ConsolePage title={t('nav.activity')}>
      <ActivityTabs />
      <div className={parts.filters} role="search">
        <Select label={t('inbound.intent')} placeholder={t('all')} clearable value={intent ?? null} onChange={(v) => set('intent', v)} data={intents.map((value) => ({ value, label: t(`intent.${value}`) }))} />
        {customer_id && <Button variant="default" onClick={() => set('customer', null)}>{t('case.allCustomers')}</Button>}
      </div>
      <ListTable
        label={t('nav.inbound')}
        list={list}
        onOpen={setOpened}
        columns={[
          { key: 'from', title: t('inbound.from'), render: (m) => <PhoneText value={m.from} /> },
          { key: 'intent', title: t('inbound.intent'), render: (m) => <Intent intent={m.intent} /> },
          { key: 'text', title: t('inbound.text'), render: (m) => <span className={classes.cut} dir="auto">{m.text}</span> },
          { key: 'channel', title: t('messages.channel'), wide: true, render: (m) => t(`channel.${m.channel}`) },
          { key: 'to', title: t('messages.to'), wide: true, render: (m) => <PhoneText value={m.to} /> },
          { key: 'at', title: t('inbound.received'), render: (m) => <TimeText value={m.received_at} format="short" /> },
        ]}
        empty={<EmptyState title={t('inbound.none')} icon={<IconMessageReply size={24} stroke={1.6} />}>{intent || customer_id ? t('case.noneFilter') : t('inbound.noneText')}</EmptyState>}
      />
      <Drawer opened={opened !== undefined} onClose={() => setOpened(undefined)} position="right" size={520} closeButtonProps={{ 'aria-label': common('action.close') }} title={<Text fw={620}>{t('inbound.one')}</Text>}>
        {opened && <Details message={opened} />}
      </Drawer>
    </ConsolePage>
  );
}

function Intent({ intent }: { intent: Inbound['intent'] }) {
  const { t } = useTranslation('console');
  return <StateBadge state={intent} tone={tones[intent as 'stop'] ?? 'neutral'}>{t(`intent.${intent}`)}</StateBadge>;
}

/** One message with its thread: what came in from this customer, and what was answered. */
function Details({ message: m }: { message: Inbound }) {
  const { t } = useTranslation('console');
  const may = useMay();
  const thread = useList<Inbound>(['inbound-messages', 'thread', m.customer_id], (cursor) =>
    body(api.GET('/v1/inbound-messages', { params: { query: { customer_id: m.customer_id, limit: 50, cursor } } })), m.customer_id !== undefined);
  const earlier = [...(thread.items ?? [m])].reverse();
  const link = { color: 'var(--mantine-color-anchor)' };
  return (
    <Stack>
      <Facts
        items={[
          [t('inbound.from'), <PhoneText key="f" value={m.from} />],
          [t('messages.to'), <PhoneText key="t" value={m.to} />],
          [t('inbound.intent'), <Intent key="i" intent={m.intent} />],
          [t('inbound.received'), <TimeText key="r" value={m.received_at} format="exact" />],
          [t('word.customer'), m.customer_id && may('listCustomers') && <Link key="c" style={link} to={`/customers/${m.customer_id}`}>{t('open')}</Link>],
          [t('nav.verifications'), m.about_type === 'verification' && m.about_id && <Link key="v" style={link} to={`/activity/verifications?open=${m.about_id}`}>{t('open')}</Link>],
        ]}
      />
      <Text component="h3" fw={620}>{t('inbound.thread')}</Text>
      <ol className={classes.thread}>
        {earlier.map((e) => (
          <li key={e.id} data-current={e.id === m.id || undefined}>
            <p className={classes.bubble} dir="auto">{e.text || t(`intent.${e.intent}`)}</p>
            <Text size="sm" c="dimmed"><TimeText value={e.received_at} format="exact" /></Text>
          </li>
        ))}
      </ol>
      {m.reply_id && (
        <>
          <Text component="h3" fw={620}>{t('inbound.reply')}</Text>
          <MessageDetails id={m.reply_id} />
        </>
      )}
    </Stack>
  );
}
