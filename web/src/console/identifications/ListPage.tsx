import { Button, Select, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconId, IconPlus, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { api, body, type Schema } from '@/api';
import { EmptyState, PhoneText, StateBadge, TimeText } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { useTranslated } from '../frame/scenarios';
import { useBankZone } from '../frame/zone';
import { DayInput } from '../parts/DayInput';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import parts from '../parts/parts.module.css';
import { useMay } from '../session/roles';
import { dayAfter, midnight } from './days';
import { NewIdentification } from './NewIdentification';

const states: Schema<'IdentificationState'>[] = ['open', 'approved', 'rejected', 'completed', 'declined', 'cancelled'];

/** All cases, newest first, by state, reference, customer and day. The filters are in the address, so that a list can be kept and sent. */
export function IdentificationsPage() {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const translated = useTranslated();
  const may = useMay();
  const zone = useBankZone();
  const [params, setParams] = useSearchParams();
  const [creating, setCreating] = useState(false);
  const set = (key: string, value: string | null) =>
    setParams(
      (now) => {
        if (value) now.set(key, value);
        else now.delete(key);
        return now;
      },
      { replace: true },
    );
  const state = states.find((s) => s === params.get('state'));
  const [reference] = useDebouncedValue(params.get('reference') ?? '', 300);
  const customer_id = params.get('customer') ?? undefined;
  const from = params.get('from');
  const to = params.get('to');
  const filter = {
    state,
    customer_id,
    reference: reference.trim() || undefined,
    from: from ? midnight(from, zone) : undefined,
    to: to ? midnight(dayAfter(to), zone) : undefined,
  };
  const list = useList<Schema<'IdentificationSummary'>>(['identifications', 'list', filter], (cursor) =>
    body(api.GET('/v1/identifications', { params: { query: { ...filter, limit: 50, cursor } } })),
  );
  return (
    <ConsolePage
      title={t('nav.identifications')}
      actions={
        may('openCases') && (
          <Button leftSection={<IconPlus size={18} aria-hidden="true" />} onClick={() => setCreating(true)}>
            {t('case.new')}
          </Button>
        )
      }
    >
      <div className={parts.filters} role="search">
        <Select
          label={t('word.state')}
          placeholder={t('all')}
          clearable
          value={state ?? null}
          onChange={(v) => set('state', v)}
          data={states.map((value) => ({ value, label: common(`state.${value}`) }))}
        />
        <TextInput
          label={t('word.reference')}
          leftSection={<IconSearch size={16} aria-hidden="true" />}
          value={params.get('reference') ?? ''}
          onChange={(e) => set('reference', e.currentTarget.value)}
        />
        <DayInput label={t('from')} value={from} onChange={(v) => set('from', v)} />
        <DayInput label={t('to')} value={to} onChange={(v) => set('to', v)} minDate={from ?? undefined} />
        {customer_id && (
          <Button variant="default" onClick={() => set('customer', null)}>
            {t('case.allCustomers')}
          </Button>
        )}
      </div>
      <ListTable
        label={t('nav.identifications')}
        list={list}
        to={(i) => `/identifications/${i.id}`}
        columns={[
          {
            key: 'customer',
            title: t('word.customer'),
            render: (i) => i.customer.name,
          },
          { key: 'state', title: t('word.state'), render: (i) => <StateBadge state={i.state} /> },
          { key: 'phone', title: t('word.phone'), wide: true, render: (i) => <PhoneText value={i.customer.phone} /> },
          { key: 'scenario', title: t('word.scenario'), wide: true, render: (i) => translated(i.scenario.name) },
          { key: 'reference', title: t('word.reference'), wide: true, render: (i) => <Text span dir="auto">{i.reference}</Text> },
          { key: 'created', title: t('word.created'), render: (i) => <TimeText value={i.created_at} format="short" zone={zone} /> },
          { key: 'decided', title: t('word.decided'), wide: true, render: (i) => i.decided_at && <TimeText value={i.decided_at} format="short" zone={zone} /> },
        ]}
        empty={
          <EmptyState title={t('case.none')} icon={<IconId size={24} stroke={1.6} />}>
            {params.size > 0 ? t('case.noneFilter') : t('case.noneText')}
          </EmptyState>
        }
      />
      <NewIdentification opened={creating} onClose={() => setCreating(false)} />
    </ConsolePage>
  );
}
