import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { StateBadge } from '@/shared';
import classes from './flows.module.css';
import type { Problem } from './flows';

/** What is wrong with a document, line by line; each leads to its place. */
export function Problems({ id, problems, checked, onGo }: { id?: string; problems: readonly Problem[]; checked: boolean; onGo?: (line: number, column: number) => void }) {
  const { t } = useTranslation('voice');
  const errors = problems.filter((p) => p.severity === 'error').length;
  return (
    <div id={id}>
      <Text size="sm" role="status" fw={560}>
        {!checked ? t('checking') : errors > 0 ? t('errors', { count: errors }) : problems.length > 0 ? t('onlyAdvice', { count: problems.length }) : t('noProblems')}
      </Text>
      {problems.length > 0 && (
        <ul className={classes.problems} aria-label={t('problems')}>
          {problems.map((p, i) => (
            <li key={i}>
              <button type="button" disabled={!onGo} onClick={() => onGo?.(p.line, p.column)}>
                <StateBadge state="" tone={p.severity === 'error' ? 'negative' : 'warning'}>{t(`severity.${p.severity}`)}</StateBadge>{' '}
                <span className="vv-numbers">{t('at', { line: p.line, column: p.column })}</span>
                {': '}
                <b>{t(`rule.${p.rule}`)}</b>
              </button>
              <Text size="sm" c="dimmed" lang="en" dir="ltr">{p.message}</Text>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
