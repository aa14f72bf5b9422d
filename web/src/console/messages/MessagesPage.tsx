import { Button, Drawer, Select, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconMail, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { api, body, type Schema } from '@/api';
import { EmptyState, StateBadge, TimeText } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { useBankZone } from '../frame/zone';
import { dayAfter, midnight } from '../identifications/days';
import { ActivityTabs } from '../parts/ActivityTabs';
import { DayInput } from '../parts/DayInput';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import parts from '../parts/parts.module.css';
import { MessageDetails } from './MessageDetails';

type Message = Schema<'Message'>;
const states: Schema<'MessageState'>[] = ['accepted', 'sent', 'delivered', 'undelivered', 'expired', 'cancelled'];
const kinds: Schema<'MessageClass'>[] = ['security', 'ring', 'transaction', 'reminder', 'notice'];
const channels: Schema<'Channel'>[] = ['sms', 'voice', 'push', 'flash'];

/**
 * What was told to customers, and how far it got. The words themselves are not
 * kept for reading: codes and links are in them. The filters are in the address,
 * but for the number, which belongs in no history and no log.
 */
export function MessagesPage() {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [phone, setPhone] = useState('');
  const zone = useBankZone();
  const set = (key: string, value: string | null) =>
    setParams((now) => {
      if (value) now.set(key, value);
      else now.delete(key);
      return now;
    }, { replace: true });
  const [reference] = useDebouncedValue(params.get('reference') ?? '', 300);
  const [number] = useDebouncedValue(phone.trim(), 350);
  const from = params.get('from');
  const to = params.get('to');
  const opened = params.get('open') ?? undefined;
  const filter = {
    state: states.find((s) => s === params.get('state')),
    class: kinds.find((s) => s === params.get('class')),
    channel: channels.find((s) => s === params.get('channel')),
    customer_id: params.get('customer') ?? undefined,
    about_id: params.get('about') ?? undefined,
    reference: reference.trim() || undefined,
    phone: number.length >= 6 ? number : undefined,
    from: from ? midnight(from, zone) : undefined,
    to: to ? midnight(dayAfter(to), zone) : undefined,
  };
  const list = useList<Message>(['messages', 'list', filter], (cursor) =>
    body(api.GET('/v1/messages', { params: { query: { ...filter, limit: 50, cursor } } })),
  );
  const filtered = Object.values(filter).some((v) => v !== undefined);
  const shown = list.items?.find((m) => m.id === opened);
  const name = (m: Message) => t(`template.${m.template as 'text'}`, { defaultValue: m.template });
  return (
    <ConsolePage title={t('nav.activity')}>
      <ActivityTabs />
      <div className={parts.filters} role="search">
        <TextInput label={t('word.phone')} description={undefined} placeholder="+84…" dir="ltr" type="tel" autoComplete="off" leftSection={<IconSearch size={16} aria-hidden="true" />} value={phone} onChange={(e) => setPhone(e.currentTarget.value)} />
        <TextInput label={t('word.reference')} leftSection={<IconSearch size={16} aria-hidden="true" />} value={params.get('reference') ?? ''} onChange={(e) => set('reference', e.currentTarget.value)} />
        <Select label={t('word.state')} placeholder={t('all')} clearable value={filter.state ?? null} onChange={(v) => set('state', v)} data={states.map((value) => ({ value, label: common(`state.${value}`) }))} />
        <Select label={t('messages.class')} placeholder={t('all')} clearable value={filter.class ?? null} onChange={(v) => set('class', v)} data={kinds.map((value) => ({ value, label: t(`messageClass.${value}`) }))} />
        <Select label={t('messages.channel')} placeholder={t('all')} clearable value={filter.channel ?? null} onChange={(v) => set('channel', v)} data={channels.map((value) => ({ value, label: t(`channel.${value}`) }))} />
        <DayInput label={t('from')} value={from} onChange={(v) => set('from', v)} />
        <DayInput label={t('to')} value={to} onChange={(v) => set('to', v)} minDate={from ?? undefined} />
        {filtered && (
          <Button variant="default" onClick={() => { setPhone(''); setParams({}, { replace: true }); }}>{t('messages.all')}</Button>
        )}
      </div>
      <ListTable
        label={t('nav.messages')}
        list={list}
        onOpen={(m) => set('open', m.id)}
        columns={[
          { key: 'template', title: t('messages.message'), render: name },
          { key: 'state', title: t('word.state'), render: (m) => <StateBadge state={m.state} /> },
          { key: 'channels', title: t('messages.channels'), render: (m) => [...new Set(m.deliveries.map((d) => t(`channel.${d.channel}`)))].join(', ') },
          { key: 'to', title: t('messages.to'), wide: true, render: (m) => <bdi dir="ltr">{m.deliveries.find((d) => d.channel !== 'push')?.recipient ?? m.deliveries[0]?.recipient}</bdi> },
          { key: 'class', title: t('messages.class'), wide: true, render: (m) => t(`messageClass.${m.class}`) },
          { key: 'reference', title: t('word.reference'), wide: true, render: (m) => <bdi>{m.reference}</bdi> },
          { key: 'created', title: t('word.created'), render: (m) => <TimeText value={m.created_at} format="short" /> },
        ]}
        empty={<EmptyState title={t('messages.none')} icon={<IconMail size={24} stroke={1.6} />}>{filtered ? t('case.noneFilter') : t('messages.noneText')}</EmptyState>}
      />
      <Drawer
        opened={opened !== undefined}
        onClose={() => set('open', null)}
        position="right"
        size={520}
        closeButtonProps={{ 'aria-label': common('action.close') }}
        title={<Text fw={620}>{shown ? name(shown) : t('messages.message')}</Text>}
      >
        {opened && <MessageDetails key={opened} id={opened} shown={shown} />}
      </Drawer>
    </ConsolePage>
  );
}
