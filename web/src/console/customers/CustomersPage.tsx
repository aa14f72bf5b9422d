import { Button, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconPlus, IconSearch, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { EmptyState, PhoneText, TimeText } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import parts from '../parts/parts.module.css';
import { NewCustomer } from './NewCustomer';

/** The bank's customers, found by their exact reference or phone number. */
export function CustomersPage() {
  const { t } = useTranslation('console');
  const [creating, setCreating] = useState(false);
  const [reference, setReference] = useState('');
  const [phone, setPhone] = useState('');
  const [filter] = useDebouncedValue({ reference: reference.trim() || undefined, phone: phone.trim().length >= 6 ? phone.trim() : undefined }, 350);
  const list = useList<Schema<'Customer'>>(['customers', 'list', filter], (cursor) =>
    body(api.GET('/v1/customers', { params: { query: { ...filter, limit: 50, cursor } } })),
  );
  return (
    <ConsolePage
      title={t('nav.customers')}
      actions={<Button leftSection={<IconPlus size={18} aria-hidden="true" />} onClick={() => setCreating(true)}>{t('customers.new')}</Button>}
    >
      <div className={parts.filters} role="search">
        <TextInput label={t('word.reference')} leftSection={<IconSearch size={16} aria-hidden="true" />} value={reference} onChange={(e) => setReference(e.currentTarget.value)} />
        <TextInput label={t('word.phone')} dir="ltr" type="tel" value={phone} onChange={(e) => setPhone(e.currentTarget.value)} />
      </div>
      <ListTable
        label={t('nav.customers')}
        list={list}
        to={(c) => `/customers/${c.id}`}
        columns={[
          { key: 'name', title: t('word.name'), render: (c) => c.name },
          { key: 'phone', title: t('word.phone'), render: (c) => <PhoneText value={c.phone} /> },
          { key: 'reference', title: t('word.reference'), wide: true, render: (c) => <Text span>{c.reference}</Text> },
          { key: 'language', title: t('word.language'), wide: true, render: (c) => t(`language.${c.locale}`) },
          { key: 'zone', title: t('word.zone'), wide: true, render: (c) => c.time_zone.replaceAll('_', ' ') },
          { key: 'segment', title: t('customers.segment'), wide: true, render: (c) => c.segment },
          { key: 'created', title: t('word.created'), wide: true, render: (c) => <TimeText value={c.created_at} format="short" /> },
        ]}
        empty={
          <EmptyState title={t('customers.none')} icon={<IconUsers size={24} stroke={1.6} />}>
            {filter.reference || filter.phone ? t('customers.noneFilter') : t('customers.noneText')}
          </EmptyState>
        }
      />
      <NewCustomer opened={creating} onClose={() => setCreating(false)} />
    </ConsolePage>
  );
}
