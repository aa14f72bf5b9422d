import { Button, Drawer, Select, Text } from '@mantine/core';
import { IconPhoneOutgoing } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { api, body } from '@/api';
import { EmptyState, PhoneText, StateBadge, TimeText } from '@/shared';
import { useFlows } from '../flows/flows';
import { useBankZone } from '../frame/zone';
import { dayAfter, midnight } from '../identifications/days';
import { DayInput } from '../parts/DayInput';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import parts from '../parts/parts.module.css';
import { useMay } from '../session/roles';
import { useSlowly } from '../telephone/slowly';
import { TelephonePage } from '../telephone/TelephonePage';
import { PhoneCallDetails } from './PhoneCallDetails';
import { PlaceCall } from './PlaceCall';
import { callStates, type PhoneCall, toneOfCall, usePhoneWords } from './words';

const directions = ['outbound', 'inbound'] as const;
const isUUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Every telephone call that a flow led: who was called with what, and what became of it. The filters are in the address. */
export function PhoneCallsPage() {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const { t: common } = useTranslation();
  const may = useMay();
  const words = usePhoneWords();
  const zone = useBankZone();
  const [params, setParams] = useSearchParams();
  const flows = useFlows();
  useSlowly('phone_call.*', 'phone-calls');
  const set = (key: string, value: string | null) =>
    setParams((now) => {
      if (value) now.set(key, value);
      else now.delete(key);
      return now;
    }, { replace: true });
  const id = (key: string) => [params.get(key)].find((v) => v !== null && isUUID.test(v)) ?? undefined;
  const from = params.get('from');
  const to = params.get('to');
  const opened = id('open');
  const customer = id('customer');
  const placing = may('placePhoneCalls') && params.get('place') !== null;
  const filter = {
    state: callStates.find((s) => s === params.get('state')),
    flow: params.get('flow') ?? undefined,
    direction: directions.find((d) => d === params.get('direction')),
    customer_id: customer,
    about_id: id('about'),
    from: from ? midnight(from, zone) : undefined,
    to: to ? midnight(dayAfter(to), zone) : undefined,
  };
  const list = useList<PhoneCall>(['phone-calls', 'list', filter], (cursor) => body(api.GET('/v1/phone-calls', { params: { query: { ...filter, limit: 50, cursor } } })));
  const filtered = Object.values(filter).some((v) => v !== undefined);
  const names = [...new Set([...(flows.data ?? []).map((f) => f.name), ...(filter.flow ? [filter.flow] : [])])];
  return (
    <TelephonePage actions={may('placePhoneCalls') && <Button leftSection={<IconPhoneOutgoing size={18} aria-hidden="true" />} onClick={() => set('place', '1')}>{t('calls.place')}</Button>}>
      <div className={parts.filters} role="search">
        <Select label={c('word.state')} placeholder={c('all')} clearable value={filter.state ?? null} onChange={(v) => set('state', v)} data={callStates.map((value) => ({ value, label: words.state(value) }))} />
        <Select label={t('flow')} placeholder={c('all')} clearable searchable value={filter.flow ?? null} onChange={(v) => set('flow', v)} data={names} />
        <Select label={t('calls.direction')} placeholder={c('all')} clearable value={filter.direction ?? null} onChange={(v) => set('direction', v)} data={directions.map((value) => ({ value, label: t(`direction.${value}`) }))} />
        <DayInput label={c('from')} value={from} onChange={(v) => set('from', v)} />
        <DayInput label={c('to')} value={to} onChange={(v) => set('to', v)} minDate={from ?? undefined} />
        {filtered && <Button variant="default" onClick={() => setParams({}, { replace: true })}>{t('calls.all')}</Button>}
      </div>
      <ListTable
        label={t('tab.calls')}
        list={list}
        onOpen={(call) => set('open', call.id)}
        columns={[
          { key: 'phone', title: c('word.phone'), render: (call) => <PhoneText value={call.phone} /> },
          { key: 'state', title: c('word.state'), render: (call) => <StateBadge state={call.state} tone={toneOfCall(call.state)}>{words.state(call.state)}</StateBadge> },
          { key: 'outcome', title: t('calls.outcome'), wide: true, render: (call) => call.outcome && words.outcome(call.outcome) },
          { key: 'flow', title: t('flow'), wide: true, render: (call) => <bdi>{call.flow}</bdi> },
          { key: 'direction', title: t('calls.direction'), wide: true, render: (call) => t(`direction.${call.direction}`) },
          { key: 'length', title: t('calls.length'), wide: true, render: (call) => (call.answered_at && call.ended_at ? <span className="vv-numbers">{words.took(call.seconds * 1000)}</span> : '') },
          { key: 'created', title: c('word.created'), render: (call) => <TimeText value={call.created_at} format="short" /> },
        ]}
        empty={<EmptyState title={t('calls.none')} icon={<IconPhoneOutgoing size={24} stroke={1.6} />}>{filtered ? t('calls.noneFilter') : t('calls.noneText')}</EmptyState>}
      />
      <Drawer opened={opened !== undefined} onClose={() => set('open', null)} position="right" size={520} closeButtonProps={{ 'aria-label': common('action.close') }} title={<Text fw={620}>{t('calls.one')}</Text>}>
        {opened && <PhoneCallDetails key={opened} id={opened} shown={list.items?.find((call) => call.id === opened)} />}
      </Drawer>
      <PlaceCall
        opened={placing}
        customerId={customer}
        onClose={() => set('place', null)}
        onPlaced={(call) => setParams((now) => {
          now.delete('place');
          now.set('open', call.id);
          return now;
        }, { replace: true })}
      />
    </TelephonePage>
  );
}
