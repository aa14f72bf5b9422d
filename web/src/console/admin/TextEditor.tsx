import { ActionIcon, Button, Code, Group, Stack, Text, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { ConfirmButton, type Language, languages, StateBadge } from '@/shared';
import { Refused, Section, useSay } from '../parts/parts';
import classes from './admin.module.css';
import { TextHistory } from './TextHistory';
import { TextPreview, VariantState } from './TextPreview';
import { difference } from './texts';

/** One text in one language: its words in several lengths, its way to being in force, its history. */
export function TextEditor({ text, title }: { text: Schema<'Text'>; title: string }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const say = useSay();
  const open = text.open;
  const begin = open?.variants ?? text.variants;
  const [words, setWords] = useState(begin);
  const [editing, setEditing] = useState(!open || open.state === 'draft');
  const [at, setAt] = useState(0);
  const fields = useRef<(HTMLTextAreaElement | null)[]>([]);
  const [note, setNote] = useState('');
  const path = { key: text.key, locale: text.locale };
  const changed = words.join('\u0000') !== begin.join('\u0000');
  const [tried] = useDebouncedValue(words, 300);
  const preview = useQuery({
    queryKey: ['texts', 'preview', text.key, text.locale, tried],
    enabled: tried.every((w) => w.trim() !== ''),
    placeholderData: keepPreviousData,
    queryFn: async () => (await body(api.POST('/v1/texts/preview', { body: { key: text.key, locale: text.locale, variants: tried } }))).items[0],
  });
  const findings = preview.data?.findings ?? [];
  const wrong = words.some((w) => w.trim() === '') || findings.some((f) => f.severity === 'error');

  const done = () => {
    say.done(t('saved'));
    void client.invalidateQueries({ queryKey: ['texts'] });
  };
  const of = (version: number) => ({ params: { path: { ...path, version } } });
  const save = async () => (await body(api.PUT('/v1/texts/{key}/{locale}', { params: { path }, body: { variants: words } }))).text.open!.version;
  const act = useMutation({
    mutationFn: async (what: 'draft' | 'submit' | 'approve' | 'publish') => {
      if (what === 'draft') return save();
      if (what === 'submit') return body(api.POST('/v1/texts/{key}/{locale}/versions/{version}/submit', of(changed || !open ? await save() : open.version)));
      if (what === 'approve') return body(api.POST('/v1/texts/{key}/{locale}/versions/{version}/approve', of(open!.version)));
      return body(api.POST('/v1/texts/{key}/{locale}/versions/{version}/publish', of(open!.version)));
    },
    onSuccess: done,
    onError: () => void client.invalidateQueries({ queryKey: ['texts', text.locale] }),
  });
  const reject = async () => {
    await body(api.POST('/v1/texts/{key}/{locale}/versions/{version}/reject', { ...of(open!.version), body: { note: note.trim() } }));
    done();
  };
  const discard = async () => {
    await body(api.POST('/v1/texts/{key}/{locale}/versions/{version}/discard', of(open!.version)));
    done();
  };
  const revert = async (version: number) => {
    await body(api.POST('/v1/texts/{key}/{locale}/revert', { params: { path }, body: { version } }));
    done();
  };
  const set = (i: number, to: string) => setWords((all) => all.map((w, j) => (i === j ? to : w)));
  const insert = (placeholder: string) => {
    const field = fields.current[at];
    const from = field?.selectionStart ?? words[at]?.length ?? 0;
    set(at, `${words[at]?.slice(0, from)}{${placeholder}}${words[at]?.slice(field?.selectionEnd ?? from)}`);
    field?.focus();
  };
  const language = { lang: text.locale, dir: languages[text.locale as Language].dir };
  return (
    <Stack>
      <Section
        title={title}
        actions={
          <Group gap="xs">
            {open && <StateBadge state={open.state} tone={open.state === 'draft' ? 'neutral' : 'warning'}>{`${t('texts.openVersion', { n: open.version })} · ${t(`texts.life.${open.state as 'draft'}`)}`}</StateBadge>}
            <Code>{text.key}</Code>
          </Group>
        }
      >
        <Stack>
          <Text size="sm" c="dimmed">
            {t('texts.variantsHelp')} {text.budget > 0 ? t('texts.budget', { n: text.budget }) : t('texts.noBudget')}
          </Text>
          {open && open.state !== 'draft' && <Changes text={text} open={open} />}
          {editing &&
            words.map((w, i) => (
              <div key={i}>
                <Group justify="space-between" gap="xs" mb={4} wrap="nowrap">
                  <Text component="label" size="sm" fw={560} htmlFor={`words-${i}`}>
                    {t('texts.variant', { n: i + 1 })}
                    {i === 0 && words.length > 1 && ` (${t('texts.longest')})`}
                  </Text>
                  {words.length > 1 && (
                    <ActionIcon variant="subtle" color="gray" aria-label={t('texts.removeVariant', { n: i + 1 })} onClick={() => { setWords((all) => all.filter((_, j) => i !== j)); setAt(0); }}>
                      <IconTrash size={16} aria-hidden="true" />
                    </ActionIcon>
                  )}
                </Group>
                <Textarea
                  id={`words-${i}`}
                  ref={(field) => { fields.current[i] = field; }}
                  {...language}
                  value={w}
                  onChange={(e) => set(i, e.currentTarget.value)}
                  onFocus={() => setAt(i)}
                  autosize
                  minRows={2}
                  maxLength={1000}
                  aria-describedby={`state-${i}`}
                />
                <VariantState id={`state-${i}`} index={i} preview={preview.data} />
              </div>
            ))}
          {editing && (
            <Group gap="xs">
              <Text size="sm" c="dimmed">{t('admin.placeholders')}</Text>
              {text.placeholders.map((p) => (
                <Button key={p} size="compact-sm" variant={text.required.includes(p) ? 'light' : 'default'} onClick={() => insert(p)} dir="ltr">{`{${p}}`}</Button>
              ))}
              {words.length < 5 && (
                <Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} aria-hidden="true" />} onClick={() => setWords((all) => [...all, ''])}>
                  {t('texts.addShorter')}
                </Button>
              )}
            </Group>
          )}
          <Refused error={act.error} />
          <Group justify="flex-end">
            {open && <ConfirmButton title={t('texts.discardTitle')} message={t('texts.discardText')} onConfirm={discard} color="gray">{t('texts.discard')}</ConfirmButton>}
            {!editing && <Button variant="default" onClick={() => setEditing(true)}>{t('texts.edit')}</Button>}
            {!open && text.custom && <ConfirmButton title={t('admin.backTitle')} message={t('admin.backText')} onConfirm={() => revert(0)}>{t('admin.backToStandard')}</ConfirmButton>}
            {editing && <Button variant="default" disabled={!changed || words.some((w) => w.trim() === '')} loading={act.isPending} onClick={() => act.mutate('draft')}>{t('texts.saveDraft')}</Button>}
            {editing && <Button disabled={wrong || (!changed && open?.state !== 'draft')} loading={act.isPending} onClick={() => act.mutate('submit')}>{t('texts.submit')}</Button>}
            {!editing && (
              <ConfirmButton
                title={t('texts.rejectTitle')}
                message={<Textarea label={t('texts.reason')} value={note} onChange={(e) => setNote(e.currentTarget.value)} maxLength={1000} autosize minRows={2} />}
                onConfirm={reject}
              >
                {t('texts.reject')}
              </ConfirmButton>
            )}
            {!editing && open?.state === 'submitted' && <Button loading={act.isPending} onClick={() => act.mutate('approve')}>{t('texts.approve')}</Button>}
            {!editing && open?.state === 'approved' && <Button loading={act.isPending} onClick={() => act.mutate('publish')}>{t('texts.publish')}</Button>}
          </Group>
          {editing && open && open.state !== 'draft' && <Text size="sm" c="dimmed">{t('texts.editText')}</Text>}
        </Stack>
      </Section>
      <TextPreview text={text} here={preview.data} />
      <TextHistory text={text} onRevert={revert} />
    </Stack>
  );
}

/** What the approver looks at: length by length, against what is in force. */
function Changes({ text, open }: { text: Schema<'Text'>; open: Schema<'TextVersion'> }) {
  const { t } = useTranslation('console');
  const lengths = Math.max(open.variants.length, text.variants.length);
  return (
    <div>
      <Text size="sm" fw={560}>{t('texts.changes')}</Text>
      {Array.from({ length: lengths }, (_, i) => (
        <p key={i} className={classes.changes} lang={text.locale} dir={languages[text.locale as Language].dir}>
          {difference(text.variants[i] ?? '', open.variants[i] ?? '').map((p, j) =>
            p.kind === 'same' ? <span key={j}>{p.text}</span> : p.kind === 'gone' ? <del key={j}>{p.text}</del> : <ins key={j}>{p.text}</ins>,
          )}
        </p>
      ))}
    </div>
  );
}
