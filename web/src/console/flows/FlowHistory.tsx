import { SegmentedControl, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { ConfirmButton, ErrorState, LoadingState, StateBadge, TimeText } from '@/shared';
import { useAgentName } from '../frame/names';
import { Section, useSay } from '../parts/parts';
import parts from '../parts/parts.module.css';
import { useMay } from '../session/roles';
import { FlowDiagram } from './FlowDiagram';
import { FlowEditor } from './FlowEditor';
import { useDiagram } from './useDiagram';

/** Every version with who did what to it, each to be looked at, and the way back to one that was in force. */
export function FlowHistory({ detail }: { detail: Schema<'FlowDetail'> }) {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const may = useMay();
  const say = useSay();
  const client = useQueryClient();
  const name = useAgentName();
  const { flow, versions, history } = detail;
  const [shown, setShown] = useState<number | undefined>(flow.open?.version ?? flow.version ?? versions[0]?.version);
  const was = (version: number) => (version === 0 ? flow.shipped : history.some((h) => h.version === version && (h.action === 'published' || h.action === 'reverted')));
  const all = [...versions.map((v) => ({ version: v.version, state: v.state as string })), ...(flow.shipped ? [{ version: 0, state: flow.version === 0 ? 'published' : 'archived' }] : [])];
  const revert = async (version: number) => {
    await body(api.POST('/v1/flows/{name}/revert', { params: { path: { name: flow.name } }, body: { version } }));
    say.done(c('saved'));
    void client.invalidateQueries({ queryKey: ['flows'] });
  };
  const title = (version: number) => (version === 0 ? t('flows.shipped') : c('texts.version', { n: version }));
  const state = all.find((v) => v.version === shown)?.state;
  return (
    <Stack gap="lg">
      <Section
        title={t('versions')}
        actions={shown !== undefined && shown !== flow.version && was(shown) && may('administer') && (
          <ConfirmButton size="xs" color="petrol" title={c('texts.backTitle', { n: title(shown) })} message={c('texts.backText')} onConfirm={() => revert(shown)}>{c('texts.backTo', { n: shown })}</ConfirmButton>
        )}
      >
        <Stack>
          <div style={{ overflowX: 'auto' }}>
            <SegmentedControl aria-label={t('versions')} value={String(shown)} onChange={(v) => setShown(Number(v))} data={all.map((v) => ({ value: String(v.version), label: title(v.version) }))} />
          </div>
          {state && <div><StateBadge state={state} tone={state === 'published' ? 'positive' : state === 'archived' ? 'neutral' : state === 'rejected' ? 'negative' : 'warning'}>{c(`texts.life.${state as 'draft'}`)}</StateBadge></div>}
          {shown !== undefined && <Version key={shown} name={flow.name} version={shown} />}
        </Stack>
      </Section>
      <Section title={c('texts.history')}>
        {history.length === 0 ? <Text c="dimmed">{c('texts.noHistory')}</Text> : (
          <ol className={parts.line}>
            {[...history].reverse().map((h, i) => (
              <li key={i} data-tone={h.action === 'rejected' ? 'negative' : h.action === 'published' || h.action === 'reverted' ? 'positive' : undefined}>
                <span>{title(h.version)} · {c(`texts.did.${h.action}`)}</span>
                <Text size="sm" c="dimmed">{h.actor === 'agent' ? (name(h.actor_id) ?? c('role.administrator')) : c(h.actor === 'bank' ? 'texts.program' : 'texts.system')} · <TimeText value={h.at} /></Text>
                {h.note && <Text size="sm" dir="auto">{h.note}</Text>}
              </li>
            ))}
          </ol>
        )}
      </Section>
    </Stack>
  );
}

function Version({ name, version }: { name: string; version: number }) {
  const source = useQuery({ queryKey: ['flows', 'source', name, version], queryFn: () => body(api.GET('/v1/flows/{name}/versions/{version}', { params: { path: { name, version } } })) });
  const diagram = useDiagram(name, version);
  const error = source.error ?? diagram.error;
  if (!source.data || !diagram.data) {
    return error ? <ErrorState error={error} onRetry={() => { void source.refetch(); void diagram.refetch(); }} withDetail /> : <LoadingState />;
  }
  return (
    <>
      <FlowDiagram diagram={diagram.data} />
      <FlowEditor value={source.data.source} onChange={() => {}} problems={source.data.problems} readOnly />
    </>
  );
}
