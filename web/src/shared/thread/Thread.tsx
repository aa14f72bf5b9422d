import { Alert, Button, Group, Text } from '@mantine/core';
import { IconAlertCircle, IconPhone, IconRobot, IconShieldCheck } from '@tabler/icons-react';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from '../call/chat.module.css';
import { WriteBox } from '../call/WriteBox';
import { ErrorState, LoadingState, useProblemText } from '../components/states';
import { formatTime, TimeText } from '../components/text';
import { useLanguage } from '../i18n';
import type { ThreadEntry, ThreadHandle, ThreadSide } from './useThread';
import classes from './thread.module.css';

export interface ThreadLogProps {
  thread: ThreadHandle;
  side: ThreadSide;
  customerName?: string;
  /** Where a notice leads, or nothing. */
  renderNotice?: (entry: ThreadEntry) => ReactNode;
  /** While nothing was said. */
  empty: ReactNode;
  /** Takes the focus when what holds it opens. */
  autoFocus?: boolean;
}

/** What was said in the chat of a case, and what happened to it. New lines are read out by a screen reader. */
export function ThreadLog({ thread, side, customerName, renderNotice, empty, autoFocus }: ThreadLogProps) {
  const { t } = useTranslation();
  const { intl } = useLanguage();
  const problemText = useProblemText();
  const log = useRef<HTMLDivElement>(null);
  const bottom = useRef(true); // who reads further up is not torn away
  const { entries, unsent } = thread;
  const first = entries[0]?.id;
  const height = useRef(0);
  useLayoutEffect(() => {
    const box = log.current;
    if (!box) return;
    if (bottom.current) box.scrollTop = box.scrollHeight;
    else box.scrollTop += box.scrollHeight - height.current; // older ones came above
    height.current = box.scrollHeight;
  }, [first]);
  useEffect(() => {
    const box = log.current;
    if (box && bottom.current) box.scrollTop = box.scrollHeight;
    if (box) height.current = box.scrollHeight;
  }, [entries.length, unsent.length]);
  if (thread.loading) return <div className={classes.state}><LoadingState /></div>;
  if (thread.error && entries.length === 0) return <div className={classes.state}><ErrorState error={thread.error} onRetry={thread.refetch} /></div>;
  const name = (e: ThreadEntry) =>
    e.role === side ? (side === 'agent' && e.agent_name) || t('call.you') : e.role === 'bot' ? t('thread.bot') : e.role === 'agent' ? e.agent_name || t('thread.agent') : customerName || t('thread.customer');
  return (
    <div
      ref={log}
      className={`${styles.lines} ${classes.log}`}
      role="log"
      aria-live="polite"
      aria-label={t('thread.log')}
      tabIndex={0}
      data-autofocus={autoFocus || undefined}
      onScroll={(e) => {
        const box = e.currentTarget;
        bottom.current = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
      }}
    >
      {thread.older && (
        <Group justify="center" pb="xs">
          <Button size="compact-sm" variant="subtle" loading={thread.loadingOlder} onClick={thread.older}>{t('thread.older')}</Button>
        </Group>
      )}
      <ol>
        {entries.length === 0 && unsent.length === 0 && <li className={styles.none}>{empty}</li>}
        {entries.map((e) =>
          e.role === 'notice' ? (
            <li key={e.id} className={classes.notice}>
              <span>
                <NoticeText entry={e} /> · <time dateTime={e.at}>{formatTime(e.at, 'time', intl)}</time>
              </span>
              {renderNotice?.(e)}
            </li>
          ) : (
            <li key={e.id} className={styles.line} data-own={e.role === side || undefined} data-role={e.role}>
              <span className={styles.who}>
                {e.role === 'bot' && <IconRobot size={14} aria-hidden="true" />}
                {e.call_id && <IconPhone size={14} role="img" aria-label={t('thread.inCall')} />}
                {side === 'agent' && e.role === 'customer' && e.verified && <IconShieldCheck size={14} role="img" aria-label={t('thread.verified')} />}
                <bdi>{name(e)}</bdi> · <time dateTime={e.at}>{formatTime(e.at, 'time', intl)}</time>
              </span>
              <span className={styles.body} dir="auto">{e.text || <Text span c="dimmed">{t('thread.wiped')}</Text>}</span>
            </li>
          ),
        )}
        {unsent.map((line) => (
          <li key={line.key} className={`${styles.line} ${classes.unsent}`} data-own data-unsent={line.error ? 'failed' : 'sending'}>
            <span className={styles.body} dir="auto">{line.text}</span>
            {line.error ? (
              <span className={classes.failed} role="alert">
                <IconAlertCircle size={16} aria-hidden="true" />
                <span>{line.error.code === 'too_many_lines' ? t('call.chat.tooMany') : line.error.code === 'thread_full' ? t('thread.full') : `${t('thread.notSent')} ${problemText(line.error)}`}</span>
                <Button size="compact-sm" variant="default" onClick={() => thread.again(line)}>{t('action.retry')}</Button>
              </span>
            ) : (
              <span className={styles.who}>{t('thread.sending')}</span>
            )}
          </li>
        ))}
      </ol>
    </div>
  );
}

/** A notice in the words of the page's language. */
function NoticeText({ entry }: { entry: ThreadEntry }) {
  const { t } = useTranslation();
  const words = t(`thread.notice.${entry.notice!}`, { name: entry.agent_name || t('thread.agent'), defaultValue: entry.notice });
  return entry.start ? <>{words} <TimeText value={entry.start} format="short" /></> : <>{words}</>;
}

/** What the bot offers to be answered with; only while its line is the last. */
export function QuickReplies({ thread }: { thread: ThreadHandle }) {
  const { t } = useTranslation();
  const last = thread.entries.at(-1);
  if (thread.head?.state !== 'bot' || last?.role !== 'bot' || thread.unsent.length > 0 || !last.quick_replies?.length) return null;
  return (
    <div className={styles.quick} role="group" aria-label={t('call.chat.quick')}>
      {last.quick_replies.map((words, i) => (
        <Button key={i} size="compact-md" mih={40} variant="default" onClick={() => thread.say(words)} classNames={{ label: styles.wrap }}>
          <bdi>{words}</bdi>
        </Button>
      ))}
    </div>
  );
}

/** Where one writes. */
export function ThreadWrite({ thread }: { thread: ThreadHandle }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const send = () => {
    const words = text.trim();
    if (!words) return;
    thread.say(words);
    setText('');
  };
  return (
    <form
      className={styles.write}
      onSubmit={(e) => {
        e.preventDefault();
        send();
      }}
    >
      <WriteBox text={text} onChange={setText} onSend={send} label={t('call.chat.write')} maxRows={5} />
    </form>
  );
}

/** Who answers, in a line that a screen reader hears when it changes. */
export function WhoAnswers({ children, color }: { children: ReactNode; color: string }) {
  return (
    <Alert color={color} p="xs" role="status" className={classes.who}>
      {children}
    </Alert>
  );
}
