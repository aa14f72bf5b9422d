import { useTranslation } from 'react-i18next';
import { useLanguage } from '../i18n';
import classes from './quality.module.css';
import { type Level, levelOf, type Quality } from './told';

const bars: Record<Level, number> = { good: 3, fair: 2, poor: 1 };

/** Three bars and the word for them. */
export function QualityBars({ quality, name }: { quality: Quality | undefined; name: string }) {
  const { t } = useTranslation();
  const level = quality && levelOf(quality);
  return (
    <span className={classes.bars} data-level={level}>
      <svg viewBox="0 0 18 14" width="20" height="15" aria-hidden="true">
        {[0, 1, 2].map((i) => (
          <rect key={i} x={i * 6} y={9 - i * 4} width="4" height={5 + i * 4} rx="1" data-on={(level !== undefined && i < bars[level]) || undefined} />
        ))}
      </svg>
      <span>
        {name}: {level ? t(`call.level.${level}`) : t('call.level.unknown')}
      </span>
    </span>
  );
}

/** The figures of both sides, for those who know what they mean. */
export function QualityTable({ sides }: { sides: { name: string; quality: Quality | undefined }[] }) {
  const { t } = useTranslation();
  const { intl } = useLanguage();
  const percent = new Intl.NumberFormat(intl, { style: 'percent', maximumFractionDigits: 1 });
  const number = new Intl.NumberFormat(intl, { maximumFractionDigits: 0 });
  const score = new Intl.NumberFormat(intl, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const rate = (bits: number) => `${number.format(bits / 1000)} kbit/s`;
  const rows: [string, (q: Quality) => string][] = [
    [t('call.figure.mos'), (q) => (q.r > 0 ? score.format(q.mos) : '–')],
    [t('call.figure.lossUp'), (q) => percent.format(Math.max(q.up_audio_loss, q.up_video_loss))],
    [t('call.figure.lossDown'), (q) => percent.format(Math.max(q.down_audio_loss, q.down_video_loss))],
    [t('call.figure.rtt'), (q) => (q.rtt_ms > 0 ? `${number.format(q.rtt_ms)} ms` : '–')],
    [t('call.figure.jitter'), (q) => `${number.format(Math.max(q.up_jitter_ms, q.down_jitter_ms))} ms`],
    [t('call.figure.rateUp'), (q) => rate(q.up_bitrate)],
    [t('call.figure.rateDown'), (q) => rate(q.down_bitrate)],
    [t('call.figure.picture'), (q) => (q.width > 0 ? `${number.format(q.width)}×${number.format(q.height)}, ${number.format(q.fps)}/s` : '–')],
  ];
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <td />
          {sides.map((s) => (
            <th key={s.name} scope="col">
              {s.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([label, show]) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            {sides.map((s) => (
              <td key={s.name} className="vv-numbers" dir="ltr">
                {s.quality ? show(s.quality) : '–'}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
