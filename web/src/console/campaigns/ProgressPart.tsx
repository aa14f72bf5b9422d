import { Alert, Progress, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { TimeText, useLanguage } from '@/shared';
import { Bars } from '../parts/Bars';
import { useNumber } from '../parts/number';
import { Section } from '../parts/parts';
import parts from '../parts/parts.module.css';
import classes from './campaigns.module.css';
import { outcomes, toneOfOutcome } from './words';

/** How far a campaign is: the counts, who got which outcome, and how many got how far. */
export function ProgressPart({ progress: p }: { progress: Schema<'CampaignProgress'> }) {
  const { t } = useTranslation('voice');
  const { intl } = useLanguage();
  const number = useNumber();
  const percent = new Intl.NumberFormat(intl, { style: 'percent', maximumFractionDigits: 1 });
  const funnel = ['listed', 'called', 'answered', 'human', 'finished', 'handed_over'] as const;
  return (
    <>
      <Section title={t('progress.title')} actions={<Text size="sm" c="dimmed"><TimeText value={p.at} format="exact" /></Text>}>
        <dl className={classes.figures}>
          {(['queued', 'waiting', 'calling', 'done'] as const).map((k) => (
            <div key={k}><dt>{t(`contactState.${k}`)}</dt><dd className="vv-numbers">{number(p[k])}</dd></div>
          ))}
          <div><dt>{t('progress.calls')}</dt><dd className="vv-numbers">{number(p.calls)}</dd></div>
        </dl>
        <Progress value={p.contacts ? (p.done / p.contacts) * 100 : 0} aria-label={t('progress.title')} mb={6} />
        <Text size="sm" c="dimmed" role="status">{t('progress.done', { done: p.done, total: p.contacts })}</Text>
        <Stack gap="xs" mt="sm">
          {p.next_at && p.state === 'running' && <Alert color="petrol">{t('progress.next')} <TimeText value={p.next_at} withZone /></Alert>}
          {p.answered_today !== undefined && (
            <Text size="sm">{t('progress.today', { answered: p.answered_today, abandoned: p.abandoned_today ?? 0 })}{p.answered_today > 0 && <> ({percent.format((p.abandoned_today ?? 0) / p.answered_today)})</>}</Text>
          )}
        </Stack>
      </Section>
      <div className={parts.columns}>
        <Section title={t('progress.outcomes')}>
          {p.done === 0 ? <Text c="dimmed">{t('progress.noOutcomes')}</Text> : (
            <Bars label={t('progress.outcomes')} columns={[t('progress.outcome'), t('answers.count'), t('answers.share')]} bars={outcomes.filter((o) => p.outcomes[o]).map((o) => ({ key: o, label: t(`outcome.${o}`), value: p.outcomes[o]!, tone: toneOfOutcome(o) }))} />
          )}
        </Section>
        <Section title={t('progress.funnel')}>
          <Bars label={t('progress.funnel')} columns={[t('progress.stage'), t('answers.count'), t('answers.share')]} of={p.funnel.listed} bars={funnel.map((k) => ({ key: k, label: t(`funnel.${k}`), value: p.funnel[k], tone: k === 'handed_over' ? 'info' : 'progress' }))} />
        </Section>
      </div>
    </>
  );
}
