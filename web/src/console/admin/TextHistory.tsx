import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { ConfirmButton, ErrorState, type Language, languages, LoadingState, TimeText } from '@/shared';
import { useAgentName } from '../frame/names';
import { Section } from '../parts/parts';
import rows from '../parts/parts.module.css';
import classes from './admin.module.css';

/** Who did what with a text, newest first, and the way back to a version that was in force. */
export function TextHistory({ text, onRevert }: { text: Schema<'Text'>; onRevert: (version: number) => Promise<void> }) {
  const { t } = useTranslation('console');
  const name = useAgentName();
  const detail = useQuery({
    queryKey: ['texts', 'detail', text.key, text.locale],
    queryFn: () => body(api.GET('/v1/texts/{key}/{locale}', { params: { path: { key: text.key, locale: text.locale } } })),
  });
  const d = detail.data;
  const was = (version: number) => d?.history.some((c) => c.version === version && (c.action === 'published' || c.action === 'reverted'));
  const back = d?.versions.filter((v) => v.state === 'archived' && was(v.version)) ?? [];
  return (
    <Section title={t('texts.history')}>
      {!d ? (
        detail.error ? <ErrorState error={detail.error} onRetry={() => void detail.refetch()} withDetail /> : <LoadingState />
      ) : d.history.length === 0 ? (
        <Text c="dimmed">{t('texts.noHistory')}</Text>
      ) : (
        <>
          <ol className={rows.rows}>
            {d.history.map((c, i) => (
              <li key={i}>
                <span>{c.version === 0 ? t('texts.embedded') : t('texts.version', { n: c.version })} · {t(`texts.did.${c.action}`)}</span>
                <Text size="sm" c="dimmed" component="span">
                  {c.actor === 'agent' ? (name(c.actor_id) ?? '') : t(c.actor === 'bank' ? 'texts.program' : 'texts.system')} · <TimeText value={c.at} />
                </Text>
                {c.note && <Text size="sm" dir="auto">{c.note}</Text>}
              </li>
            ))}
          </ol>
          {back.map((v) => (
            <div key={v.version} className={classes.back}>
              <Text size="sm" lang={text.locale} dir={languages[text.locale as Language].dir}>{v.variants[0]}</Text>
              <ConfirmButton size="compact-sm" color="petrol" title={t('texts.backTitle', { n: v.version })} message={t('texts.backText')} onConfirm={() => onRevert(v.version)}>
                {t('texts.backTo', { n: v.version })}
              </ConfirmButton>
            </div>
          ))}
        </>
      )}
    </Section>
  );
}
