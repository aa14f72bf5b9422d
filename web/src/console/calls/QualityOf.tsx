import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { useLanguage } from '@/shared';
import classes from './calls.module.css';

type Side = Schema<'CallSideQuality'>;

/** By the same bounds as the live figures (shared/call levelOf). */
export function levelOfSide(q: Side): 'good' | 'fair' | 'poor' {
  const rtt = q.rtt_ms ?? 0;
  if (q.loss > 0.1 || rtt > 800 || q.jitter_ms > 100 || (q.mos !== undefined && q.mos < 3.1)) return 'poor';
  if (q.loss > 0.03 || rtt > 300 || q.jitter_ms > 40 || (q.mos !== undefined && q.mos < 3.8)) return 'fair';
  return 'good';
}

/** How each side sounded: the opinion score, and in words what it comes to with loss and delay. */
export function QualityOf({ quality }: { quality: readonly Side[] }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const { intl } = useLanguage();
  const score = new Intl.NumberFormat(intl, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(intl, { style: 'percent', maximumFractionDigits: 1 });
  const whole = new Intl.NumberFormat(intl, { maximumFractionDigits: 0 });
  return (
    <ul className={classes.quality}>
      {quality.map((q) => {
        const level = levelOfSide(q);
        return (
          <li key={q.role}>
            <span className={classes.side}>{t(`participant.${q.role}`)}</span>{' '}
            <span className={classes.mos} data-level={level}>
              <bdi className="vv-numbers">{q.mos === undefined ? '–' : score.format(q.mos)}</bdi> {common(`call.level.${level}`)}
            </span>
            <span className={classes.figures}>
              <bdi dir="ltr" className="vv-numbers">
                {percent.format(q.loss)}
                {q.rtt_ms !== undefined && `, ${whole.format(q.rtt_ms)} ms`}
              </bdi>
            </span>
          </li>
        );
      })}
    </ul>
  );
}
