import { Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { ConfirmButton, ErrorState, LoadingState, StateBadge, useLanguage } from '@/shared';
import { Failed, Refused, Section, useSay } from '../parts/parts';
import parts from '../parts/parts.module.css';
import { FlowDiagram } from './FlowDiagram';
import { FlowEditor } from './FlowEditor';
import { offsetOf } from './flows';
import { Problems } from './Problems';
import { TryFlow } from './TryFlow';

type Deed = 'draft' | 'submit' | 'approve' | 'publish';

/** Writes a flow: the document, checked while one writes, its drawing beside it, and the way into force by four eyes. */
export function FlowWork({ detail }: { detail: Schema<'FlowDetail'> }) {
  const { t } = useTranslation('voice');
  const { t: c } = useTranslation('console');
  const { language } = useLanguage();
  const client = useQueryClient();
  const say = useSay();
  const { flow } = detail;
  const open = flow.open;
  const begin = detail.open_source ?? detail.source;
  const [source, setSource] = useState(begin);
  const [editing, setEditing] = useState(!open || open.state === 'draft');
  const [note, setNote] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  const problemsId = useId();
  const changed = source !== begin;
  const [tried] = useDebouncedValue(source, 400);
  const check = useQuery({
    queryKey: ['flows', 'validate', flow.name, tried, language],
    enabled: tried.trim() !== '',
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    queryFn: () => body(api.POST('/v1/flows/validate', { body: { name: flow.name, source: tried, locale: language } })),
  });
  const checked = check.data !== undefined && tried === source && !check.isPlaceholderData;
  const problems = check.data?.problems ?? [];
  const wrong = new Set(problems.filter((p) => p.severity === 'error' && p.step).map((p) => p.step!));
  const done = () => {
    say.done(c('saved'));
    void client.invalidateQueries({ queryKey: ['flows'], predicate: (q) => q.queryKey[1] !== 'validate' });
  };
  const path = { name: flow.name };
  const of = (version: number) => ({ params: { path: { ...path, version } } });
  const save = async () => (await body(api.PUT('/v1/flows/{name}', { params: { path }, body: { source } }))).flow.open!.version;
  const act = useMutation({
    mutationFn: async (what: Deed) => {
      if (what === 'draft') return save();
      if (what === 'submit') return body(api.POST('/v1/flows/{name}/versions/{version}/submit', of(changed || !open ? await save() : open.version)));
      if (what === 'approve') return body(api.POST('/v1/flows/{name}/versions/{version}/approve', of(open!.version)));
      return body(api.POST('/v1/flows/{name}/versions/{version}/publish', of(open!.version)));
    },
    onSuccess: done,
    onError: (error) => {
      // Somebody else was quicker: look again. What one has written stays.
      if (Problem.from(error).status === 409) void client.invalidateQueries({ queryKey: ['flows', 'detail', flow.name] });
    },
  });
  const reject = async () => {
    await body(api.POST('/v1/flows/{name}/versions/{version}/reject', { ...of(open!.version), body: { note: note.trim() } }));
    done();
  };
  const discard = async () => {
    await body(api.POST('/v1/flows/{name}/versions/{version}/discard', of(open!.version)));
    done();
  };
  const go = (line: number, column = 1) => {
    const area = field.current;
    if (!area) return;
    const at = offsetOf(source, line, column);
    area.focus();
    area.setSelectionRange(at, at);
    area.scrollTop = Math.max(0, (line - 4) * (parseFloat(getComputedStyle(area).lineHeight) || 19));
  };
  // What can be tried is a version that the gateway has.
  const version = open?.version ?? flow.version;
  return (
    <Stack>
      <div className={parts.columns} data-drawing>
        <Section
          title={t('document')}
          actions={open && <StateBadge state={open.state} tone={open.state === 'draft' ? 'neutral' : 'warning'}>{`${c('texts.openVersion', { n: open.version })} · ${c(`texts.life.${open.state as 'draft'}`)}`}</StateBadge>}
        >
          <Stack>
            <FlowEditor value={source} onChange={setSource} problems={problems} readOnly={!editing} field={field} describedBy={problemsId} />
            {check.error && !check.data ? <Failed error={check.error} /> : <Problems id={problemsId} problems={problems} checked={checked} onGo={go} />}
            <Refused error={act.error} />
            <Group justify="flex-end">
              {changed && <Text size="sm" c="dimmed" role="status">{c('unsaved')}</Text>}
              {version !== undefined && <TryFlow flow={flow} version={version} unsaved={changed} />}
              {open && <ConfirmButton title={c('texts.discardTitle')} message={c('texts.discardText')} onConfirm={discard} color="gray">{c('texts.discard')}</ConfirmButton>}
              {!editing && <Button variant="default" onClick={() => setEditing(true)}>{t('flows.edit')}</Button>}
              {editing && <Button variant="default" disabled={!changed || source.trim() === ''} loading={act.isPending && act.variables === 'draft'} onClick={() => act.mutate('draft')}>{c('texts.saveDraft')}</Button>}
              {editing && <Button disabled={!checked || !check.data?.valid || (!changed && open?.state !== 'draft')} loading={act.isPending && act.variables === 'submit'} onClick={() => act.mutate('submit')}>{c('texts.submit')}</Button>}
              {!editing && open && (
                <ConfirmButton title={c('texts.rejectTitle')} message={<Textarea label={c('texts.reason')} value={note} onChange={(e) => setNote(e.currentTarget.value)} maxLength={1000} autosize minRows={2} />} confirmDisabled={note.trim() === ''} onConfirm={reject}>
                  {c('texts.reject')}
                </ConfirmButton>
              )}
              {!editing && open?.state === 'submitted' && <Button loading={act.isPending} onClick={() => act.mutate('approve')}>{c('texts.approve')}</Button>}
              {!editing && open?.state === 'approved' && <Button loading={act.isPending} onClick={() => act.mutate('publish')}>{c('texts.publish')}</Button>}
            </Group>
            {editing && open && open.state !== 'draft' && <Text size="sm" c="dimmed">{c('texts.editText')}</Text>}
          </Stack>
        </Section>
        <Section title={t('drawing')}>
          {check.data ? <FlowDiagram diagram={check.data.diagram} onLine={(line) => go(line)} wrong={wrong} />
            : check.error ? <ErrorState error={check.error} onRetry={() => void check.refetch()} withDetail /> : <LoadingState />}
        </Section>
      </div>
    </Stack>
  );
}
