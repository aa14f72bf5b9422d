import { ActionIcon, Text } from '@mantine/core';
import { IconChevronLeft, IconLock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Language } from '../i18n';
import { LanguagePicker } from './LanguagePicker';
import classes from './VisitShell.module.css';

export interface VisitShellProps {
  /** The bank's own name: the customer knows the bank, not us. Empty while it is not known yet. */
  bankName: string;
  /** Where the customer is; step counts from 1. */
  progress?: { step: number; total: number };
  /** Shows the way back. */
  onBack?: () => void;
  /** Beside the choice of the language. */
  tools?: ReactNode;
  /** As in LanguagePicker. */
  onPickLanguage?: (language: Language) => void;
  /** Stays at the bottom of the screen: the one thing to do next, as full-width buttons. */
  footer?: ReactNode;
  /** Fills the screen without margins: the call. */
  flush?: boolean;
  children: ReactNode;
}

/** The customer's frame: one column, one thing a screen, the next step under the thumb. */
export function VisitShell({ bankName, progress, onBack, tools, onPickLanguage, footer, flush, children }: VisitShellProps) {
  const { t } = useTranslation();
  const { t: visit } = useTranslation('visit');
  return (
    <div className={classes.shell} data-flush={flush || undefined}>
      <header>
        <div className={classes.header}>
        {onBack && (
          <ActionIcon onClick={onBack} aria-label={t('action.back')} className={classes.back}>
            <IconChevronLeft size={24} aria-hidden="true" className={classes.arrow} />
          </ActionIcon>
        )}
        <div className={classes.bank}>
          <Text fw={640} size="md" lh={1.25} lineClamp={2}>
            {bankName || '\u00a0'}
          </Text>
          <span className={classes.secure}>
            <IconLock size={13} stroke={2} aria-hidden="true" /> {visit('secure')}
          </span>
        </div>
        {tools}
        <LanguagePicker onPick={onPickLanguage} />
        </div>
      {progress && (
        <div
          className={classes.progress}
          role="progressbar"
          aria-label={t('progress', progress)}
          aria-valuemin={1}
          aria-valuemax={progress.total}
          aria-valuenow={progress.step}
          aria-valuetext={t('progress', progress)}
        >
          {Array.from({ length: progress.total }, (_, i) => (
            <span key={i} className={classes.step} data-done={i < progress.step || undefined} data-current={i === progress.step - 1 || undefined} />
          ))}
        </div>
      )}
      </header>
      <main className={classes.content}>{children}</main>
      {footer && <footer className={classes.footer}>{footer}</footer>}
    </div>
  );
}
