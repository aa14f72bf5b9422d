import { Alert, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useProblemText } from '@/shared/components/states';
import { VisitShell } from '@/shared/components/VisitShell';
import { ChatButton } from './Chat';
import { EaseButton } from './EaseButton';
import { progressOf, type ScreenName } from './screens';
import { usePickLanguage, VisitContext } from './session';
import { useContext } from 'react';
import classes from './visit.module.css';

export interface ScreenProps {
  /** Also in the page as data-screen, for tests. */
  name: ScreenName | 'recover' | 'closed' | 'phone';
  title: ReactNode;
  /** One or two sentences under the title. */
  lead?: ReactNode;
  /** The one thing to do next. */
  footer?: ReactNode;
  onBack?: () => void;
  /** While no visit is open. */
  bankName?: string;
  /** A picture above the title. */
  icon?: ReactNode;
  children?: ReactNode;
}

/** One thing a screen. The heading takes the focus, so that a screen reader reads where one is. */
export function Screen({ name, title, lead, footer, onBack, bankName, icon, children }: ScreenProps) {
  const context = useContext(VisitContext);
  const { t } = useTranslation('visit');
  const bank = bankName ?? context?.visit.bank.name ?? '';
  const heading = useRef<HTMLHeadingElement>(null);
  const pick = usePickLanguage();
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [name]);
  const kind = context?.visit.scenario.kind;
  const words = typeof title === 'string' ? title : '';
  useEffect(() => {
    document.title = [words || (kind === undefined || kind === 'identify' ? t('title') : t(`service.title.${kind}`)), bank].filter(Boolean).join(' · ');
  }, [words, bank, t, kind]);
  return (
    <VisitShell bankName={bank} progress={progressOf(name as ScreenName, context?.visit)} onBack={onBack} tools={<><ChatButton /><EaseButton /></>} onPickLanguage={pick} footer={footer}>
      <div className={classes.screen} data-screen={name}>
        {icon && (
          <div className={classes.icon} aria-hidden="true">
            {icon}
          </div>
        )}
        <Title order={1} ref={heading} tabIndex={-1} className={classes.heading}>
          {title}
        </Title>
        {lead && (
          <Text c="dimmed" component="div" className={classes.lead}>
            {lead}
          </Text>
        )}
        {children}
      </div>
    </VisitShell>
  );
}

/** What went wrong with the last press of a button: in the words of `children`, or without them by the problem's status. */
export function Failure({ error, children }: { error: unknown; children?: ReactNode }) {
  const text = useProblemText();
  const box = useRef<HTMLDivElement>(null);
  const shown = Boolean(error || children);
  useEffect(() => {
    // It may stand above what the thumb has just pressed.
    if (shown) box.current?.scrollIntoView?.({ block: 'nearest' });
  }, [shown, error]);
  if (!shown) return null;
  return (
    <Alert color="red" role="alert" className={classes.failure} ref={box}>
      {children || text(error)}
    </Alert>
  );
}
