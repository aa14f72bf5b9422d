import { Alert, Button, Checkbox, Group, NumberInput, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconRoute, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, randomUUID, type Schema } from '@/api';
import { ConfirmButton, EmptyState, ErrorState, LoadingState } from '@/shared';
import { AdminPage } from '../admin/AdminPage';
import { OrderList } from '../parts/OrderList';
import { Failed, Section, useSay } from '../parts/parts';
import { occasions, type Occasion, problemOf, type Route, type Step } from './routes';

const kinds: Schema<'MessageClass'>[] = ['security', 'ring', 'transaction', 'reminder', 'notice'];
const channels: Schema<'RouteChannel'>[] = ['push', 'sms', 'voice', 'flash'];
const all: Occasion[] = ['undelivered', 'provider_down', 'no_receipt', 'not_met', 'user_asked'];

/** A route while it is edited: its steps keep their names when they change places. */
interface Draft {
  id: string;
  class?: Route['class'];
  prefix: string;
  steps: (Step & { id: string })[];
}
const draftOf = (r: Route): Draft => ({ id: randomUUID(), class: r.class, prefix: r.prefix ?? '', steps: r.steps.map((s) => ({ ...s, id: randomUUID() })) });
const routeOf = (d: Draft): Route => ({
  ...(d.class && { class: d.class }),
  ...(d.prefix.trim() && { prefix: d.prefix.trim() }),
  steps: d.steps.map(({ id: _, ...s }) => ({ channel: s.channel, ...(s.provider && { provider: s.provider }), ...(s.from && { from: s.from }), ...(s.wait_seconds && { wait_seconds: s.wait_seconds }), ...(s.on?.length && { on: s.on }), ...(s.with && { with: true }) })),
});

/** Which ways messages go, by their kind and where to: ladders whose steps the bank orders. */
export function RoutesPage() {
  const routes = useQuery({ queryKey: ['message-routes'], queryFn: () => body(api.GET('/v1/message-routes')) });
  return (
    <AdminPage>
      {routes.data ? <Editor key={JSON.stringify(routes.data)} saved={routes.data.routes} /> : routes.error ? <ErrorState error={routes.error} onRetry={() => void routes.refetch()} withDetail /> : <LoadingState />}
    </AdminPage>
  );
}

function Editor({ saved }: { saved: Route[] }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const say = useSay();
  const [drafts, setDrafts] = useState(() => saved.map(draftOf));
  const providers = useQuery({ queryKey: ['providers'], queryFn: () => body(api.GET('/v1/providers')) });
  const routes = drafts.map(routeOf);
  const dirty = JSON.stringify(routes) !== JSON.stringify(saved.map(draftOf).map(routeOf));
  const wrong = routes.some((r) => problemOf(r, routes));
  const save = useMutation({
    mutationFn: () => body(api.PUT('/v1/message-routes', { body: { routes } })),
    onSuccess: (now) => {
      say.done(t('saved'));
      client.setQueryData(['message-routes'], now);
    },
  });
  const change = (id: string, to: Partial<Draft>) => setDrafts((now) => now.map((d) => (d.id === id ? { ...d, ...to } : d)));
  const add = () => setDrafts((now) => [...now, { id: randomUUID(), prefix: '', steps: [{ id: randomUUID(), channel: 'sms' }] }]);
  return (
    <Stack gap="lg" maw={900}>
      <Text c="dimmed">{t('routes.help')}</Text>
      {drafts.length === 0 && <EmptyState title={t('routes.none')} icon={<IconRoute size={24} stroke={1.6} />}>{t('routes.noneText')}</EmptyState>}
      {drafts.map((d, i) => (
        <Ladder key={d.id} draft={d} all={routes} route={routes[i]!} providers={providers.data?.providers ?? []} onChange={(to) => change(d.id, to)} onRemove={() => setDrafts((now) => now.filter((x) => x.id !== d.id))} />
      ))}
      <Group><Button variant="default" leftSection={<IconPlus size={18} aria-hidden="true" />} onClick={add}>{t('routes.add')}</Button></Group>
      <Failed error={save.error} />
      <Group justify="flex-end">
        {dirty && <Button variant="default" onClick={() => setDrafts(saved.map(draftOf))}>{common('action.cancel')}</Button>}
        <ConfirmButton color="petrol" variant="filled" title={t('routes.saveTitle')} message={t('routes.saveText')} confirmLabel={common('action.save')} disabled={!dirty || wrong} onConfirm={() => save.mutateAsync()}>{common('action.save')}</ConfirmButton>
      </Group>
    </Stack>
  );
}

interface LadderProps {
  draft: Draft;
  route: Route;
  all: Route[];
  providers: Schema<'ProviderHealth'>[];
  onChange: (to: Partial<Draft>) => void;
  onRemove: () => void;
}

function Ladder({ draft: d, route, all: every, providers, onChange, onRemove }: LadderProps) {
  const { t } = useTranslation('console');
  const problem = problemOf(route, every);
  const kind = d.class ? t(`messageClass.${d.class}`) : t('routes.anyKind');
  const title = d.prefix ? `${kind} · \u2066${d.prefix}\u2069` : kind;
  const step = (id: string, to: Partial<Step>) => onChange({ steps: d.steps.map((s) => (s.id === id ? { ...s, ...to } : s)) });
  return (
    <Section
      title={title}
      actions={<ConfirmButton size="xs" title={t('routes.removeTitle')} message={t('routes.removeText')} onConfirm={onRemove} aria-label={`${t('delete')}: ${title}`}>{t('delete')}</ConfirmButton>}
    >
      <Stack>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <Select label={t('messages.class')} placeholder={t('routes.anyKind')} clearable value={d.class ?? null} onChange={(v) => onChange({ class: (v ?? undefined) as Draft['class'] })} data={kinds.map((value) => ({ value, label: t(`messageClass.${value}`) }))} />
          <TextInput label={t('routes.prefix')} description={t('routes.prefixHelp')} dir="ltr" maxLength={11} value={d.prefix} onChange={(e) => onChange({ prefix: e.currentTarget.value })} error={problem?.why === 'prefix' ? t('routes.problem.prefix') : undefined} />
        </SimpleGrid>
        {problem && problem.why !== 'prefix' && <Alert color="yellow" role="alert">{t(`routes.problem.${problem.why}`, { step: problem.step ?? 0 })}</Alert>}
        <OrderList
          label={t('routes.steps')}
          items={d.steps}
          keyOf={(s) => s.id}
          nameOf={(s, i) => `${t('path.step', { step: i + 1 })}, ${t(`channel.${s.channel}`)}`}
          onChange={(steps) => onChange({ steps })}
          render={(s, i) => (
            <Stack gap="xs">
              <SimpleGrid cols={{ base: 1, sm: 3 }}>
                <Select label={t('messages.channel')} allowDeselect={false} value={s.channel} onChange={(v) => step(s.id, { channel: v as Step['channel'], provider: undefined })} data={channels.map((value) => ({ value, label: t(`channel.${value}`) }))} />
                <Select label={t('providers.provider')} placeholder={t('routes.firstUp')} clearable value={s.provider ?? null} onChange={(v) => step(s.id, { provider: v ?? undefined })} data={[...new Set([...providers.filter((p) => p.channel === s.channel).map((p) => p.provider), ...(s.provider ? [s.provider] : [])])]} />
                <NumberInput label={t('routes.wait')} placeholder="—" min={0} max={86400} allowDecimal={false} suffix={t('admin.seconds')} value={s.wait_seconds ?? ''} onChange={(v) => step(s.id, { wait_seconds: v === '' ? undefined : Number(v) })} />
              </SimpleGrid>
              {i < d.steps.length - 1 && <Checkbox.Group label={t('path.givesWay')} value={occasions(s)} onChange={(v) => step(s.id, { on: v as Occasion[] })}>
                <Group gap="sm" mt={6}>{all.map((o) => <Checkbox key={o} value={o} label={t(`routes.on.${o}`)} />)}</Group>
              </Checkbox.Group>}
              <Group justify="space-between">
                <Checkbox label={t('routes.with')} checked={s.with ?? false} disabled={i === 0 && !s.with} onChange={(e) => step(s.id, { with: e.currentTarget.checked || undefined })} />
                {d.steps.length > 1 && (
                  <Button size="compact-sm" variant="subtle" color="gray" leftSection={<IconTrash size={14} aria-hidden="true" />} aria-label={`${t('routes.removeStep')}: ${i + 1}`} onClick={() => onChange({ steps: d.steps.filter((x) => x.id !== s.id) })}>{t('routes.removeStep')}</Button>
                )}
              </Group>
            </Stack>
          )}
        />
        {d.steps.length < 8 && <Group><Button size="xs" variant="default" leftSection={<IconPlus size={16} aria-hidden="true" />} onClick={() => onChange({ steps: [...d.steps, { id: randomUUID(), channel: 'voice' }] })}>{t('routes.addStep')}</Button></Group>}
      </Stack>
    </Section>
  );
}
