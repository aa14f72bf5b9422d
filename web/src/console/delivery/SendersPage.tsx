import { Button, Checkbox, Group, Select, SimpleGrid, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { IconPlus, IconSignature } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, randomUUID, type Schema } from '@/api';
import { ConfirmButton, EmptyState, ErrorState, LoadingState } from '@/shared';
import { AdminPage } from '../admin/AdminPage';
import { useNumber } from '../parts/number';
import { Copyable, Failed, Section, useSay } from '../parts/parts';

type Sender = Schema<'Sender'>;
type Draft = Sender & { id: string };
const channels: Sender['channel'][] = ['sms', 'voice', 'flash'];
const kinds: Sender['kind'][] = ['alphanumeric', 'number', 'short_code', 'pool'];
const classes: Schema<'MessageClass'>[] = ['security', 'ring', 'transaction', 'reminder', 'notice'];
const draftOf = (s: Sender): Draft => ({ ...s, id: randomUUID() });
const clean = ({ id: _, ...s }: Draft): Sender => ({
  channel: s.channel, kind: s.kind, ...(s.country && { country: s.country }), ...(s.class && { class: s.class }), ...(s.provider && { provider: s.provider }),
  ...(s.kind === 'pool' ? { numbers: s.numbers ?? [] } : { sender: s.sender ?? '' }), ...(s.inbound && { inbound: true }),
});

/** What messages and calls come from, by country and kind. */
export function SendersPage() {
  const senders = useQuery({ queryKey: ['senders'], queryFn: () => body(api.GET('/v1/senders')) });
  return (
    <AdminPage>
      {senders.data ? <Stack gap="xl"><Editor key={JSON.stringify(senders.data)} saved={senders.data.senders} /><Addresses /></Stack> : senders.error ? <ErrorState error={senders.error} onRetry={() => void senders.refetch()} withDetail /> : <LoadingState />}
    </AdminPage>
  );
}

function Editor({ saved }: { saved: Sender[] }) {
  const { t } = useTranslation('console');
  const number = useNumber();
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const say = useSay();
  const [drafts, setDrafts] = useState(() => saved.map(draftOf));
  const senders = drafts.map(clean);
  const dirty = JSON.stringify(senders) !== JSON.stringify(saved.map(draftOf).map(clean));
  const wrong = senders.some((s) => (s.kind === 'pool' ? s.numbers!.length === 0 : !s.sender?.trim()));
  const save = useMutation({
    mutationFn: () => body(api.PUT('/v1/senders', { body: { senders } })),
    onSuccess: (now) => {
      say.done(t('saved'));
      client.setQueryData(['senders'], now);
    },
  });
  const change = (id: string, to: Partial<Sender>) => setDrafts((now) => now.map((d) => (d.id === id ? { ...d, ...to } : d)));
  return (
    <Stack gap="lg" maw={900}>
      <Text c="dimmed">{t('senders.help')}</Text>
      {drafts.length === 0 && <EmptyState title={t('senders.none')} icon={<IconSignature size={24} stroke={1.6} />}>{t('senders.noneText')}</EmptyState>}
      {drafts.map((d, i) => {
        const title = `${t('senders.one')} ${number(i + 1)}${d.sender ? ` · \u2068${d.sender}\u2069` : ''}`;
        return (
          <Section key={d.id} title={title} actions={<ConfirmButton size="xs" title={t('senders.removeTitle')} message={t('routes.removeText')} onConfirm={() => setDrafts((now) => now.filter((x) => x.id !== d.id))} aria-label={`${t('delete')}: ${title}`}>{t('delete')}</ConfirmButton>}>
            <SimpleGrid cols={{ base: 1, sm: 3 }}>
              <Select label={t('messages.channel')} allowDeselect={false} value={d.channel} onChange={(v) => change(d.id, { channel: v as Sender['channel'] })} data={channels.map((value) => ({ value, label: t(`channel.${value}`) }))} />
              <Select label={t('senders.kind')} allowDeselect={false} value={d.kind} onChange={(v) => change(d.id, { kind: v as Sender['kind'] })} data={kinds.map((value) => ({ value, label: t(`senders.kinds.${value}`) }))} />
              {d.kind === 'pool' ? (
                <TagsInput label={t('senders.numbers')} dir="ltr" maxTags={1000} value={d.numbers ?? []} onChange={(v) => change(d.id, { numbers: v })} />
              ) : (
                <TextInput label={t('senders.sender')} dir="ltr" required maxLength={20} value={d.sender ?? ''} onChange={(e) => change(d.id, { sender: e.currentTarget.value })} />
              )}
              <TextInput label={t('senders.country')} description={t('senders.countryHelp')} dir="ltr" inputMode="numeric" maxLength={4} value={d.country ?? ''} onChange={(e) => change(d.id, { country: e.currentTarget.value.replace(/\D/g, '') })} />
              <Select label={t('messages.class')} description={t('senders.classHelp')} placeholder={t('routes.anyKind')} clearable value={d.class ?? null} onChange={(v) => change(d.id, { class: (v ?? undefined) as Sender['class'] })} data={classes.map((value) => ({ value, label: t(`messageClass.${value}`) }))} />
              <TextInput label={t('providers.provider')} description={t('senders.providerHelp')} dir="ltr" maxLength={63} value={d.provider ?? ''} onChange={(e) => change(d.id, { provider: e.currentTarget.value })} />
            </SimpleGrid>
            <Checkbox mt="sm" label={t('senders.inbound')} checked={d.inbound ?? false} onChange={(e) => change(d.id, { inbound: e.currentTarget.checked })} />
          </Section>
        );
      })}
      <Group><Button variant="default" leftSection={<IconPlus size={18} aria-hidden="true" />} onClick={() => setDrafts((now) => [...now, { id: randomUUID(), channel: 'sms', kind: 'number' }])}>{t('senders.add')}</Button></Group>
      {wrong && <Text size="sm" role="status">{t('senders.incomplete')}</Text>}
      <Failed error={save.error} />
      <Group justify="flex-end">
        {dirty && <Button variant="default" onClick={() => setDrafts(saved.map(draftOf))}>{common('action.cancel')}</Button>}
        <Button onClick={() => save.mutate()} loading={save.isPending} disabled={!dirty || wrong}>{common('action.save')}</Button>
      </Group>
    </Stack>
  );
}

/** What carriers are told to call with what customers send; an address that is a secret is shown when asked for. */
function Addresses() {
  const { t } = useTranslation('console');
  const addresses = useQuery({ queryKey: ['inbound-addresses'], queryFn: () => body(api.GET('/v1/inbound-addresses')) });
  const [shown, setShown] = useState<string[]>([]);
  return (
    <Section title={t('senders.addresses')}>
      <Text c="dimmed" mb="sm" maw={900}>{t('senders.addressesHelp')}</Text>
      {!addresses.data ? (
        addresses.error ? <ErrorState error={addresses.error} onRetry={() => void addresses.refetch()} withDetail /> : <LoadingState />
      ) : addresses.data.addresses.length === 0 ? (
        <Text>{t('senders.noAddresses')}</Text>
      ) : (
        <Stack gap="lg" maw={900}>
          {addresses.data.addresses.map((a) => {
            const name = `${t(`channel.${a.channel}`)} · \u2068${a.provider}\u2069`;
            return !a.secret || shown.includes(a.url) ? (
              <Copyable key={a.url} label={name} value={a.url} />
            ) : (
              <Stack key={a.url} gap={6}>
                <Text size="sm" c="dimmed">{name} · {t('senders.addressSecret')}</Text>
                <Group><Button variant="default" aria-label={`${t('senders.addressShow')}: ${name}`} onClick={() => setShown((now) => [...now, a.url])}>{t('senders.addressShow')}</Button></Group>
              </Stack>
            );
          })}
        </Stack>
      )}
    </Section>
  );
}
