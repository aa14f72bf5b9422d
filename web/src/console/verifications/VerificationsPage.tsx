import { Button, Drawer, Select, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch, IconShieldCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { api, body, type Schema } from '@/api';
import { EmptyState, PhoneText, StateBadge, TimeText } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { ActivityTabs } from '../parts/ActivityTabs';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import { useNumber } from '../parts/number';
import parts from '../parts/parts.module.css';
import { VerificationDetails } from './VerificationDetails';

type Verification = Schema<'Verification'>;
const states: Schema<'VerificationState'>[] = ['pending', 'approved', 'expired', 'max_attempts', 'cancelled', 'failed', 'denied'];
const purposes: Schema<'VerificationPurpose'>[] = ['api', 'visit', 'call', 'recover', 'ticket'];

/** Every second factor that was asked for, and how it went. The code itself is nowhere. */
export function VerificationsPage() {
  const { t } = useTranslation('console');
  const number = useNumber();
  const { t: common } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [phone, setPhone] = useState(''); // in no address: it would stay in histories and logs
  const [asked] = useDebouncedValue(phone.trim(), 350);
  const set = (key: string, value: string | null) =>
    setParams((now) => {
      if (value) now.set(key, value);
      else now.delete(key);
      return now;
    }, { replace: true });
  const filter = {
    state: states.find((s) => s === params.get('state')),
    purpose: purposes.find((s) => s === params.get('purpose')),
    customer_id: params.get('customer') ?? undefined,
    phone: asked.length >= 6 ? asked : undefined,
  };
  const opened = params.get('open') ?? undefined;
  const filtered = Object.values(filter).some((v) => v !== undefined);
  const list = useList<Verification>(['verifications', 'list', filter], (cursor) =>
    body(api.GET('/v1/verifications', { params: { query: { ...filter, limit: 50, cursor } } })),
  );
  return (
    <ConsolePage title={t('nav.activity')}>
      <ActivityTabs />
      <div className={parts.filters} role="search">
        <TextInput label={t('word.phone')} placeholder="+84…" dir="ltr" type="tel" autoComplete="off" leftSection={<IconSearch size={16} aria-hidden="true" />} value={phone} onChange={(e) => setPhone(e.currentTarget.value)} />
        <Select label={t('word.state')} placeholder={t('all')} clearable value={filter.state ?? null} onChange={(v) => set('state', v)} data={states.map((value) => ({ value, label: common(`state.${value}`) }))} />
        <Select label={t('verifications.purpose')} placeholder={t('all')} clearable value={filter.purpose ?? null} onChange={(v) => set('purpose', v)} data={purposes.map((value) => ({ value, label: t(`purpose.${value}`) }))} />
        {filtered && <Button variant="default" onClick={() => { setPhone(''); setParams({}, { replace: true }); }}>{t('verifications.all')}</Button>}
      </div>
      <ListTable
        label={t('nav.verifications')}
        list={list}
        onOpen={(v) => set('open', v.id)}
        columns={[
          { key: 'purpose', title: t('verifications.purpose'), render: (v) => t(`purpose.${v.purpose}`) },
          { key: 'state', title: t('word.state'), render: (v) => <StateBadge state={v.state} /> },
          { key: 'way', title: t('verifications.way'), render: (v) => v.way && t(`way.${v.way}`) },
          { key: 'phone', title: t('word.phone'), wide: true, render: (v) => v.phone && <PhoneText value={v.phone} /> },
          { key: 'left', title: t('verifications.left'), wide: true, render: (v) => v.state === 'pending' && <span className="vv-numbers">{number(v.attempts_left)}</span> },
          { key: 'created', title: t('word.created'), render: (v) => <TimeText value={v.created_at} format="short" /> },
        ]}
        empty={<EmptyState title={t('verifications.none')} icon={<IconShieldCheck size={24} stroke={1.6} />}>{filtered ? t('case.noneFilter') : t('verifications.noneText')}</EmptyState>}
      />
      <Drawer opened={opened !== undefined} onClose={() => set('open', null)} position="right" size={520} closeButtonProps={{ 'aria-label': common('action.close') }} title={<Text fw={620}>{t('verifications.one')}</Text>}>
        {opened && <VerificationDetails key={opened} id={opened} shown={list.items?.find((v) => v.id === opened)} />}
      </Drawer>
    </ConsolePage>
  );
}
