import { Button, Drawer, Group, Select, Stack, Text } from '@mantine/core';
import { IconMail } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { api, body, type Schema } from '@/api';
import { EmptyState, StateBadge, TimeText } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { ActivityTabs } from '../parts/ActivityTabs';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import parts from '../parts/parts.module.css';
import { MessageDetails } from './MessageDetails';

type Message = Schema<'Message'>;
const states: Schema<'MessageState'>[] = ['accepted', 'sent', 'delivered', 'undelivered', 'expired', 'cancelled'];

/** What was told to customers, and how far it got. The words themselves are not kept for reading: codes and links are in them. */
export function MessagesPage() {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [opened, setOpened] = useState<Message>();
  const state = states.find((s) => s === params.get('state'));
  const customer_id = params.get('customer') ?? undefined;
  const about_id = params.get('about') ?? undefined;
  const set = (key: string, value: string | null) =>
    setParams((now) => {
      if (value) now.set(key, value);
      else now.delete(key);
      return now;
    }, { replace: true });
  const list = useList<Message>(['messages', 'list', { state, customer_id, about_id }], (cursor) =>
    body(api.GET('/v1/messages', { params: { query: { state, customer_id, about_id, limit: 50, cursor } } })),
  );
  const shown = opened && (list.items?.find((m) => m.id === opened.id) ?? opened);
  return (
    <ConsolePage title={t('nav.activity')}>
      <ActivityTabs />
      <div className={parts.filters} role="search">
        <Select label={t('word.state')} placeholder={t('all')} clearable value={state ?? null} onChange={(v) => set('state', v)} data={states.map((value) => ({ value, label: common(`state.${value}`) }))} />
        {(customer_id || about_id) && (
          <Button variant="default" onClick={() => { set('customer', null); set('about', null); }}>{t('messages.all')}</Button>
        )}
      </div>
      <ListTable
        label={t('nav.messages')}
        list={list}
        onOpen={setOpened}
        columns={[
          { key: 'template', title: t('messages.message'), render: (m) => t(`template.${m.template as 'text'}`, { defaultValue: m.template }) },
          { key: 'state', title: t('word.state'), render: (m) => <StateBadge state={m.state} /> },
          { key: 'channels', title: t('messages.channels'), render: (m) => [...new Set(m.deliveries.map((d) => t(`channel.${d.channel}`)))].join(', ') },
          { key: 'to', title: t('messages.to'), wide: true, render: (m) => <bdi dir="ltr">{m.deliveries.find((d) => d.channel !== 'push')?.recipient ?? m.deliveries[0]?.recipient}</bdi> },
          { key: 'language', title: t('word.language'), wide: true, render: (m) => t(`language.${m.locale as 'en'}`, { defaultValue: m.locale }) },
          { key: 'created', title: t('word.created'), render: (m) => <TimeText value={m.created_at} format="short" /> },
        ]}
        empty={<EmptyState title={t('messages.none')} icon={<IconMail size={24} stroke={1.6} />}>{t('messages.noneText')}</EmptyState>}
      />
      <Drawer
        opened={opened !== undefined}
        onClose={() => setOpened(undefined)}
        position="right"
        size={460}
        closeButtonProps={{ 'aria-label': common('action.close') }}
        title={shown && <Group gap="sm"><Text fw={620}>{t(`template.${shown.template as 'text'}`, { defaultValue: shown.template })}</Text><StateBadge state={shown.state} /></Group>}
      >
        <Stack>{shown && <MessageDetails message={shown} />}</Stack>
      </Drawer>
    </ConsolePage>
  );
}
