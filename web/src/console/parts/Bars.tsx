import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useLanguage } from '@/shared';
import type { Tone } from '@/shared';
import classes from './bars.module.css';

export interface Bar {
  key: string;
  label: ReactNode;
  value: number;
  tone?: Tone;
}

export interface BarsProps {
  /** What is counted, for screen readers. */
  label: string;
  /** The headings of the three columns that screen readers hear. */
  columns: [what: string, count: string, share: string];
  bars: readonly Bar[];
  /** What is 100 %; the sum of the bars by default. */
  of?: number;
}

/**
 * Counts as bars. It is a table all the same: whoever does not see the bars
 * reads what it is, how many and what share, cell by cell.
 */
export function Bars({ label, columns, bars, of }: BarsProps) {
  const { intl } = useLanguage();
  const number = new Intl.NumberFormat(intl);
  const percent = new Intl.NumberFormat(intl, { style: 'percent', maximumFractionDigits: 1 });
  const whole = of ?? bars.reduce((sum, b) => sum + b.value, 0);
  const longest = Math.max(1, ...bars.map((b) => b.value), of ?? 0);
  return (
    <table className={classes.bars} aria-label={label}>
      {/* The columns speak for themselves. */}
      <thead className="vv-heard">
        <tr>
          {columns.map((c) => (
            <th key={c} scope="col">{c}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {bars.map((b) => (
          <tr key={b.key}>
            <th scope="row" className={classes.what}>
              <span>{b.label}</span>
              <span className={classes.track} aria-hidden="true">
                <span className={classes.bar} data-tone={b.tone ?? 'progress'} style={{ width: `${(b.value / longest) * 100}%` }} />
              </span>
            </th>
            <td className="vv-numbers">{number.format(b.value)}</td>
            <td className="vv-numbers"><Text size="sm" c="dimmed" span>{whole > 0 ? percent.format(b.value / whole) : '–'}</Text></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
