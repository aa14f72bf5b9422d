import { Badge, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { ErrorState, type Language, languages, LoadingState, StateBadge } from '@/shared';
import { Section } from '../parts/parts';
import classes from './admin.module.css';

type Variant = Schema<'TextPreviewVariant'>;

const encodings = { gsm7: 'GSM-7', ucs2: 'UCS-2' };

/** Under a field: how many units and SMS these words take, whether they would be sent, and what is wrong. */
export function VariantState({ id, index, preview }: { id: string; index: number; preview: Schema<'TextPreview'> | undefined }) {
  const { t } = useTranslation('console');
  const shown = preview?.variants.filter((v) => v.variant === index) ?? [];
  const best = shown.find((v) => v.chosen) ?? shown.at(-1);
  return (
    <div id={id} aria-live="polite" className={classes.variantState}>
      {best && <Count variant={best} />}
      {preview?.findings.filter((f) => f.variant === index || (f.variant === -1 && index === 0)).map((f, i) => (
        <Text key={i} size="sm" c={f.severity === 'error' ? 'var(--vv-negative-fg)' : 'dimmed'}>
          {t(`texts.rule.${f.rule}`, { detail: f.rule.endsWith('placeholder') ? `{${f.detail}}` : f.detail })}
        </Text>
      ))}
    </div>
  );
}

function Count({ variant: v }: { variant: Variant }) {
  const { t } = useTranslation('console');
  return (
    <Group gap="xs">
      {v.segments !== undefined && (
        <Text size="sm" c="dimmed" className="vv-numbers">
          {t('texts.count', { units: v.units, room: (v.units ?? 0) + (v.left ?? 0), encoding: encodings[v.encoding ?? 'gsm7'], segments: v.segments })}
        </Text>
      )}
      {v.chosen && <Badge size="sm" variant="light">{t('texts.sent')}</Badge>}
      {!v.fits && <StateBadge state="due" tone="warning">{t('texts.tooLong')}</StateBadge>}
      {v.unaccented && <Badge size="sm" variant="default">{t('texts.unaccented')}</Badge>}
      {v.origin_line && <Badge size="sm" variant="default">{t('texts.originLine')}</Badge>}
      {v.not_me_hint && <Badge size="sm" variant="default">{t('texts.hint')}</Badge>}
      {v.confirm_hint && <Badge size="sm" variant="default">{t('texts.confirmHint')}</Badge>}
    </Group>
  );
}

/** The words as customers would get them, filled with samples, and what each would cost. */
export function TextPreview({ text, here }: { text: Schema<'Text'>; here: Schema<'TextPreview'> | undefined }) {
  const { t } = useTranslation('console');
  const [all, setAll] = useState(false);
  const every = useQuery({
    queryKey: ['texts', 'preview', text.key, 'every', text.open?.updated_at],
    enabled: all,
    queryFn: async () => (await body(api.POST('/v1/texts/preview', { body: { key: text.key } }))).items,
  });
  const list = all ? every.data : here && [here];
  return (
    <Section
      title={t('texts.preview')}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t('texts.preview')}
          value={all ? 'all' : 'this'}
          onChange={(v) => setAll(v === 'all')}
          data={[{ value: 'this', label: t('texts.thisLanguage') }, { value: 'all', label: t('texts.everyLanguage') }]}
        />
      }
    >
      {!list ? (
        every.error ? <ErrorState error={every.error} onRetry={() => void every.refetch()} withDetail /> : <LoadingState />
      ) : (
        <Stack>
          {list.map((p) => (
            <div key={p.locale}>
              {all && <Text size="sm" fw={560} mb={4}>{languages[p.locale as Language].name}</Text>}
              <Stack gap="sm">
                {p.variants.filter((v) => !all || v.chosen).map((v, i) => (
                  <div key={i}>
                    <p className={classes.bubble} data-chosen={v.chosen || undefined} lang={p.locale} dir={languages[p.locale as Language].dir}>{v.body}</p>
                    <Count variant={v} />
                    {v.segments !== undefined && <Costs variant={v} />}
                  </div>
                ))}
              </Stack>
            </div>
          ))}
        </Stack>
      )}
    </Section>
  );
}

function Costs({ variant }: { variant: Variant }) {
  const { t } = useTranslation('console');
  if (variant.costs.length === 0) return <Text size="sm" c="dimmed">{t('texts.noPrice')}</Text>;
  return (
    <Text size="sm" c="dimmed" className="vv-numbers">
      {variant.costs.map((c) => t('texts.cost', { amount: c.amount, currency: c.currency, prefix: `\u2066${c.prefix}\u2069` })).join(' · ')}
    </Text>
  );
}
