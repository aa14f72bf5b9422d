import { Badge, Button, Code, Group, SegmentedControl, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { ConfirmButton, ErrorState, type Language, languageCodes, languages, LoadingState, useLanguage } from '@/shared';
import { Failed, Section, useSay } from '../parts/parts';
import { AdminPage } from './AdminPage';
import classes from './admin.module.css';
import { unknownPlaceholders } from './texts';

/** The words of each message in each language; what is not changed is the gateway's own text. */
export function TextsPage() {
  const { t } = useTranslation('console');
  const own = useLanguage().language;
  const name = useTextName();
  const [locale, setLocale] = useState<Language>(own);
  const [key, setKey] = useState<string>();
  const texts = useQuery({ queryKey: ['texts', locale], queryFn: async () => (await body(api.GET('/v1/texts', { params: { query: { locale } } }))).items });
  const items = texts.data?.filter((x) => x.locale === locale);
  const shown = items?.find((x) => x.key === key) ?? items?.[0];
  return (
    <AdminPage>
      <Stack>
        <div style={{ overflowX: 'auto' }}>
          <SegmentedControl aria-label={t('word.language')} value={locale} onChange={(v) => setLocale(v as Language)} data={languageCodes.map((value) => ({ value, label: languages[value].name }))} />
        </div>
        {!items ? (
          texts.error ? <ErrorState error={texts.error} onRetry={() => void texts.refetch()} withDetail /> : <LoadingState />
        ) : (
          <div className={classes.texts}>
            <ul className={classes.keys} aria-label={t('admin.texts')}>
              {items.map((x) => (
                <li key={x.key}>
                  <button type="button" className={classes.textKey} aria-current={x.key === shown?.key || undefined} onClick={() => setKey(x.key)}>
                    <span>{name(x.key)}</span>
                    {x.custom && <Badge size="sm" variant="light">{t('admin.own')}</Badge>}
                  </button>
                </li>
              ))}
            </ul>
            {shown && <Editor key={`${shown.key} ${shown.locale} ${shown.version}`} text={shown} />}
          </div>
        )}
      </Stack>
    </AdminPage>
  );
}

function Editor({ text }: { text: Schema<'Text'> }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const say = useSay();
  const name = useTextName();
  const [words, setWords] = useState(text.body);
  const field = useRef<HTMLTextAreaElement>(null);
  const unknown = unknownPlaceholders(words, text.placeholders);
  const save = useMutation({
    mutationFn: (to: string) => api.PUT('/v1/texts/{key}/{locale}', { params: { path: { key: text.key, locale: text.locale } }, body: { body: to } }),
    onSuccess: () => {
      say.done(t('saved'));
      void client.invalidateQueries({ queryKey: ['texts'] });
    },
  });
  const insert = (placeholder: string) => {
    const at = field.current?.selectionStart ?? words.length;
    setWords(`${words.slice(0, at)}{${placeholder}}${words.slice(field.current?.selectionEnd ?? at)}`);
    field.current?.focus();
  };
  const language = text.locale as Language;
  return (
    <Section title={name(text.key)} actions={<Code>{text.key}</Code>}>
      <Stack>
        <Textarea
          ref={field}
          aria-label={t('admin.words')}
          lang={language}
          dir={languages[language].dir}
          value={words}
          onChange={(e) => setWords(e.currentTarget.value)}
          autosize
          minRows={4}
          maxLength={1600}
          error={unknown.length > 0 ? t('admin.unknownPlaceholder', { names: unknown.join(' ') }) : undefined}
        />
        <Group gap="xs">
          <Text size="sm" c="dimmed">{t('admin.placeholders')}</Text>
          {text.placeholders.map((p) => (
            <Button key={p} size="compact-xs" variant="default" onClick={() => insert(p)} dir="ltr">{`{${p}}`}</Button>
          ))}
          {text.placeholders.length === 0 && <Text size="sm" c="dimmed">{t('admin.noPlaceholders')}</Text>}
        </Group>
        {text.custom && (
          <div>
            <Text size="sm" c="dimmed">{t('admin.standard')}</Text>
            <Text lang={language} dir={languages[language].dir} style={{ whiteSpace: 'pre-wrap' }}>{text.default}</Text>
          </div>
        )}
        <Failed error={save.error && Problem.from(save.error)} />
        <Group justify="flex-end">
          {text.custom && <ConfirmButton title={t('admin.backTitle')} message={t('admin.backText')} onConfirm={() => save.mutateAsync('')}>{t('admin.backToStandard')}</ConfirmButton>}
          <Button disabled={words === text.body || words.trim() === '' || unknown.length > 0} loading={save.isPending} onClick={() => save.mutate(words)}>{common('action.save')}</Button>
        </Group>
      </Stack>
    </Section>
  );
}

/** What a text is for: "booking_moved.push" is the push of the message booking_moved. */
function useTextName(): (key: string) => string {
  const { t } = useTranslation('console');
  return (key) => {
    const [template = '', channel] = key.split('.');
    const name = t(`template.${template as 'text'}`, { defaultValue: template });
    return channel ? `${name} · ${t(`channel.${channel as 'sms'}`, { defaultValue: channel })}` : name;
  };
}
