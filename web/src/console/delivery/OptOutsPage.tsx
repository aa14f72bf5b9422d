import { Alert, Button, Checkbox, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconBellOff, IconPlus, IconSearch } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { api, body, type Schema } from '@/api';
import { ConfirmButton, EmptyState, PhoneText, StateBadge, TimeText } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { ActivityTabs } from '../parts/ActivityTabs';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import { Failed, useSay } from '../parts/parts';
import parts from '../parts/parts.module.css';
import { useMay } from '../session/roles';
import { inForce } from './optouts';

type OptOut = Schema<'OptOut'>;
const channels: Schema<'OptOutChannel'>[] = ['sms', 'voice', 'flash', 'push'];
const groups: Schema<'OptOutGroup'>[] = ['service', 'marketing'];

/** What customers decided about messages: the whole ledger, what is in force of it, and new decisions. */
export function OptOutsPage() {
  const { t } = useTranslation('console');
  const may = useMay();
  const say = useSay();
  const client = useQueryClient();
  const [params, setParams] = useSearchParams();
  const [adding, setAdding] = useState(false);
  const [phone, setPhone] = useState(''); // in no address
  const [asked] = useDebouncedValue(phone.trim(), 350);
  // The ledger is asked by customer, so that no number stands in its address.
  const searched = useQuery({
    queryKey: ['customers', 'list', { phone: asked }],
    enabled: asked.length >= 6 && may('listCustomers'),
    queryFn: () => body(api.GET('/v1/customers', { params: { query: { phone: asked, limit: 1 } } })),
  });
  const found = asked.length >= 6 ? searched.data?.items[0]?.id : undefined;
  const nobody = asked.length >= 6 && searched.data !== undefined && found === undefined;
  const customer_id = found ?? params.get('customer') ?? undefined;
  const list = useList<OptOut>(['opt-outs', 'list', { customer_id }], (cursor) => body(api.GET('/v1/opt-outs', { params: { query: { customer_id, limit: 100, cursor } } })), !nobody);
  const standing = inForce(list.items ?? []);
  const remove = (o: OptOut) => async () => {
    await api.DELETE('/v1/opt-outs/{opt_out_id}', { params: { path: { opt_out_id: o.id } } });
    say.done(t('optOuts.removed'));
    void client.invalidateQueries({ queryKey: ['opt-outs'] });
  };
  const changes = may('openCases');
  return (
    <ConsolePage title={t('nav.activity')} actions={changes && <Button leftSection={<IconPlus size={18} aria-hidden="true" />} onClick={() => setAdding(true)}>{t('optOuts.add')}</Button>}>
      <ActivityTabs />
      {may('listCustomers') && !customer_id && <Text c="dimmed" mb="sm">{t('optOuts.searchHelp')}</Text>}
      {may('listCustomers') && (
        <div className={parts.filters} role="search">
          <TextInput label={t('word.phone')} placeholder="+84…" dir="ltr" type="tel" autoComplete="off" leftSection={<IconSearch size={16} aria-hidden="true" />} value={phone} onChange={(e) => setPhone(e.currentTarget.value)} />
          {customer_id && <Button variant="default" onClick={() => { setPhone(''); setParams({}, { replace: true }); }}>{t('case.allCustomers')}</Button>}
        </div>
      )}
      {nobody ? (
        <EmptyState title={t('optOuts.noCustomer')} icon={<IconBellOff size={24} stroke={1.6} />} />
      ) : (
        <ListTable
          label={t('nav.optOuts')}
          list={list}
          columns={[
            { key: 'phone', title: t('word.phone'), wide: customer_id !== undefined, render: (o) => <PhoneText value={o.phone} /> },
            { key: 'what', title: t('optOuts.decision'), render: (o) => <StateBadge state={o.opted_out ? 'stopped' : 'wanted'} tone={o.opted_out ? 'warning' : 'positive'}>{t(o.opted_out ? 'optOuts.out' : 'optOuts.in')}</StateBadge> },
            { key: 'channel', title: t('messages.channel'), render: (o) => t(`channel.${o.channel}`) },
            { key: 'group', title: t('optOuts.group'), render: (o) => t(`optOuts.groups.${o.group}`) },
            { key: 'source', title: t('optOuts.source'), wide: true, render: (o) => t(`optOuts.sources.${o.source}`) },
            { key: 'at', title: t('events.when'), wide: true, render: (o) => <TimeText value={o.at} format="short" /> },
            // Masked numbers of two people may look alike: what is in force is told for one customer only.
            ...(customer_id ? [{
              key: 'end', title: t('optOuts.standing'), render: (o: OptOut) => !standing.has(o.id) ? <Text span c="dimmed">{t('optOuts.past')}</Text> : o.opted_out && changes ? (
                <ConfirmButton size="compact-sm" color="petrol" title={t('optOuts.removeTitle')} message={t('optOuts.removeText')} onConfirm={remove(o)}>{t('optOuts.remove')}</ConfirmButton>
              ) : t('optOuts.now'),
            }] : []),
          ]}
          empty={<EmptyState title={t('optOuts.none')} icon={<IconBellOff size={24} stroke={1.6} />}>{t('optOuts.noneText')}</EmptyState>}
        />
      )}
      {adding && <Add onClose={() => setAdding(false)} />}
    </ConsolePage>
  );
}

function Add({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const say = useSay();
  const client = useQueryClient();
  const [phone, setPhone] = useState('');
  const [over, setOver] = useState<string[]>(channels);
  const [of, setOf] = useState<string[]>(groups);
  const [reference, setReference] = useState('');
  const add = useMutation({
    mutationFn: () => body(api.POST('/v1/opt-outs', { body: { phone: phone.trim(), channels: over as Schema<'OptOutChannel'>[], groups: of as Schema<'OptOutGroup'>[], reference: reference.trim() || undefined } })),
    onSuccess: () => {
      say.done(t('optOuts.added'));
      void client.invalidateQueries({ queryKey: ['opt-outs'] });
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={<Text fw={620}>{t('optOuts.add')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
      <form onSubmit={(e) => { e.preventDefault(); add.mutate(); }}>
        <Stack>
          <TextInput label={t('word.phone')} description={t('customers.phoneHelp')} required dir="ltr" type="tel" autoComplete="off" value={phone} onChange={(e) => setPhone(e.currentTarget.value)} />
          <Checkbox.Group label={t('messages.channels')} value={over} onChange={setOver}><Group mt="xs">{channels.map((c) => <Checkbox key={c} value={c} label={t(`channel.${c}`)} />)}</Group></Checkbox.Group>
          <Checkbox.Group label={t('optOuts.group')} value={of} onChange={setOf}><Group mt="xs">{groups.map((g) => <Checkbox key={g} value={g} label={t(`optOuts.groups.${g}`)} />)}</Group></Checkbox.Group>
          <TextInput label={t('word.reference')} maxLength={200} value={reference} onChange={(e) => setReference(e.currentTarget.value)} />
          <Alert color="gray">{t('optOuts.never')}</Alert>
          <Failed error={add.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{common('action.cancel')}</Button>
            <Button type="submit" loading={add.isPending} disabled={phone.trim().length < 3 || over.length === 0 || of.length === 0}>{t('optOuts.add')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
