import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { ErrorState, LoadingState } from '@/shared';
import { Facts, Failed, Section, useSay } from '../parts/parts';
import { useMay } from '../session/roles';
import { inForce, useFlows } from './flows';

/** Which flow answers when somebody calls the bank's numbers. */
export function Numbers() {
  const { t } = useTranslation('voice');
  const numbers = useQuery({ queryKey: ['flows', 'numbers'], queryFn: async () => (await body(api.GET('/v1/flows/numbers'))).items });
  return (
    <Section title={t('numbers.title')}>
      {!numbers.data ? (numbers.error ? <ErrorState error={numbers.error} onRetry={() => void numbers.refetch()} withDetail /> : <LoadingState />)
        : <Chosen key={JSON.stringify(numbers.data)} items={numbers.data} />}
    </Section>
  );
}

function Chosen({ items }: { items: Schema<'FlowNumber'>[] }) {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const { t: common } = useTranslation();
  const may = useMay();
  const say = useSay();
  const client = useQueryClient();
  const flows = useFlows();
  const any = items.find((i) => i.number === 'any')?.flow ?? 'inbound_menu';
  const [others, setOthers] = useState(any);
  const [rows, setRows] = useState(() => items.filter((i) => i.number !== 'any').map((i, at) => ({ ...i, id: at })));
  const next = [{ number: 'any', flow: others }, ...rows.filter((r) => r.number.trim()).map((r) => ({ number: r.number.trim(), flow: r.flow }))];
  const before = [{ number: 'any', flow: any }, ...items.filter((i) => i.number !== 'any')];
  const changed = JSON.stringify(next) !== JSON.stringify(before);
  const save = useMutation({
    mutationFn: () => body(api.PUT('/v1/flows/numbers', { body: { items: next } })),
    onSuccess: () => {
      say.done(c('saved'));
      void client.invalidateQueries({ queryKey: ['flows', 'numbers'] });
    },
  });
  const names = [...new Set([...(flows.data ?? []).filter(inForce).map((f) => f.name), ...items.map((i) => i.flow), 'inbound_menu'])];
  if (!may('administer')) return <Facts items={[...rows.map((r): [string, React.ReactNode] => [r.number, r.flow]), [t('numbers.any'), any]]} />;
  const change = (id: number, by: Partial<Schema<'FlowNumber'>>) => setRows((all) => all.map((r) => (r.id === id ? { ...r, ...by } : r)));
  return (
    <Stack>
      <Text size="sm" c="dimmed">{t('numbers.help')}</Text>
      <Select label={t(rows.length > 0 ? 'numbers.any' : 'numbers.all')} maw={320} allowDeselect={false} searchable value={others} onChange={(v) => v && setOthers(v)} data={names} />
      {rows.map((r, i) => (
        <Group key={r.id} align="flex-end" gap="xs">
          <TextInput label={t('numbers.number', { n: i + 1 })} dir="ltr" type="tel" placeholder="+84…" maxLength={32} value={r.number} onChange={(e) => change(r.id, { number: e.currentTarget.value })} />
          <Select label={t('flow')} allowDeselect={false} searchable value={r.flow} onChange={(v) => v && change(r.id, { flow: v })} data={names} />
          <ActionIcon aria-label={t('numbers.remove', { n: i + 1 })} onClick={() => setRows((all) => all.filter((x) => x.id !== r.id))}><IconTrash size={18} aria-hidden="true" /></ActionIcon>
        </Group>
      ))}
      <Failed error={save.error} />
      <Group justify="space-between">
        <Button size="xs" variant="default" leftSection={<IconPlus size={16} aria-hidden="true" />} onClick={() => setRows((all) => [...all, { id: Math.max(0, ...all.map((x) => x.id)) + 1, number: '', flow: others }])}>{t('numbers.add')}</Button>
        <Button disabled={!changed} loading={save.isPending} onClick={() => save.mutate()}>{common('action.save')}</Button>
      </Group>
    </Stack>
  );
}
