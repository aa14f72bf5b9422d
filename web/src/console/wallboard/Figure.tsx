import { IconAlertTriangle, IconCircleCheck, IconExclamationCircle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Tone } from '@/shared';
import classes from './wallboard.module.css';

const icons: Partial<Record<Tone, typeof IconCircleCheck>> = { positive: IconCircleCheck, warning: IconExclamationCircle, negative: IconAlertTriangle };

/** One large figure. How it stands is told by a sign and a word, too, not by colour alone. */
export function Figure({ label, value, detail, tone }: { label: string; value: string; detail?: string; tone: Tone }) {
  const { t } = useTranslation('console');
  const Icon = icons[tone];
  return (
    <div className={classes.figure} data-tone={tone}>
      <dt>{label}</dt>
      <dd className="vv-numbers">
        <span className={classes.value}>{value}</span>
        {Icon && <Icon className={classes.sign} role="img" aria-label={t(`wall.tone.${tone as 'positive'}`)} />}
        {detail && <span className={classes.detail}>{detail}</span>}
      </dd>
    </div>
  );
}
