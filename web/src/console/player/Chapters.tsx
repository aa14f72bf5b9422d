import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { formatDuration, StateBadge, useLanguage } from '@/shared';
import { Still } from '../parts/Still';
import classes from './player.module.css';

/** The steps that were done, in the order of time; each jumps to where it is seen. */
export function Chapters({ steps, current, onSeek }: { steps: Schema<'CallStep'>[]; current: number | undefined; onSeek: (offsetMs: number) => void }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  if (steps.length === 0) return null;
  return (
    <ol className={classes.chapters} aria-label={t('player.chapters')}>
      {steps.map((step) => (
        <li key={step.position}>
          <button type="button" className={classes.chapter} aria-current={step.position === current || undefined} onClick={() => onSeek(step.offset_ms!)}>
            {step.still_url ? <Still step={step} alt="" /> : <span className={classes.noStill} aria-hidden="true" />}
            <span className={classes.chapterText}>
              <Text size="sm" fw={560} truncate>{t(`step.${step.kind}.name`)}</Text>
              <span className={classes.chapterState}>
                <Text size="xs" c="dimmed" className="vv-numbers">{formatDuration(step.offset_ms!, intl)}</Text>
                <StateBadge state={step.state} />
              </span>
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}
