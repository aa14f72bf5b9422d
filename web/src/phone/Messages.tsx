import { ActionIcon, Alert, Text, Textarea, UnstyledButton } from '@mantine/core';
import { IconChevronLeft, IconMessage, IconSend } from '@tabler/icons-react';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState, useProblemText } from '@/shared/components/states';
import { formatTime, PhoneText, TimeText } from '@/shared/components/text';
import { useLanguage } from '@/shared/i18n';
import { toE164 } from './number';
import { SmsText } from './parts';
import { simulator } from './simulator';
import { isOwn, type Thread } from './threads';
import classes from './apps.module.css';
import frame from './handset.module.css';

/** All conversations, or one of them. */
export function Messages({ number, threads, open, onOpen, onSeen }: {
  number: string;
  threads: readonly Thread[];
  /** The other side of the conversation shown; null for the list. */
  open: string | null;
  onOpen: (peer: string | null) => void;
  onSeen: (peer: string, until: string) => void;
}) {
  const { t } = useTranslation('phone');
  const thread = threads.find((one) => one.with === open);
  if (thread) return <Conversation key={thread.with} number={number} thread={thread} onBack={() => onOpen(null)} onSeen={onSeen} />;
  return (
    <div className={classes.app}>
      <h2 className={classes.appTitle}>{t('nav.messages')}</h2>
      {threads.length === 0 ? (
        <EmptyState title={t('sms.none')} icon={<IconMessage size={24} stroke={1.6} />}>
          {t('sms.noneText')}
        </EmptyState>
      ) : (
        <ul className={classes.list}>
          {threads.map((one) => (
            <li key={one.with}>
              <UnstyledButton className={classes.row} onClick={() => onOpen(one.with)}>
                <span className={classes.rowMain}>
                  <span className={classes.rowName}>
                    <PhoneText value={one.with} />
                  </span>
                  <span className={classes.rowText} dir="auto">
                    {one.last.body}
                  </span>
                </span>
                <span className={classes.rowSide}>
                  <TimeText value={one.last.created_at} format="time" />
                  {one.unread > 0 && (
                    <span className={frame.unread} aria-label={t('sms.unread', { count: one.unread })}>
                      {one.unread}
                    </span>
                  )}
                </span>
              </UnstyledButton>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Conversation({ number, thread, onBack, onSeen }: { number: string; thread: Thread; onBack: () => void; onSeen: (peer: string, until: string) => void }) {
  const { t } = useTranslation('phone');
  const { intl } = useLanguage();
  const problemText = useProblemText();
  const [draft, setDraft] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const log = useRef<HTMLOListElement>(null);
  const last = thread.last.created_at;
  const peer = thread.with;

  // What is on the screen has been read.
  useEffect(() => {
    const read = () => document.visibilityState === 'visible' && thread.unread > 0 && onSeen(peer, last);
    read();
    document.addEventListener('visibilitychange', read);
    return () => document.removeEventListener('visibilitychange', read);
  }, [peer, last, thread.unread, onSeen]);
  useEffect(() => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
  }, [thread.messages.length]);

  const send = async (event?: FormEvent) => {
    event?.preventDefault();
    const body = draft.trim();
    if (!body || busy) return;
    setBusy(true);
    setError(undefined);
    try {
      await simulator.reply(number, peer, body);
      setDraft('');
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };

  let day = '';
  return (
    <div className={classes.app}>
      <div className={classes.appHead}>
        <ActionIcon size={44} onClick={onBack} aria-label={t('sms.back')}>
          <IconChevronLeft size={24} aria-hidden="true" className={classes.arrow} />
        </ActionIcon>
        <h2 className={classes.appHeadTitle}>
          <PhoneText value={peer} />
        </h2>
      </div>
      <ol ref={log} className={classes.bubbles} aria-live="polite" aria-relevant="additions" aria-label={t('sms.thread', { who: peer })} tabIndex={0}>
        {thread.messages.map((message) => {
          const today = formatTime(message.created_at, 'weekday', intl);
          const heading = today !== day ? today : '';
          day = today;
          return (
            <li key={message.id} className={classes.bubbleRow} data-own={isOwn(message) || undefined}>
              {heading && <span className={classes.day}>{heading}</span>}
              <div className={classes.bubble} data-own={isOwn(message) || undefined} data-sms={message.id}>
                <SmsText body={message.body} />
              </div>
              <span className={classes.bubbleTime}>
                <TimeText value={message.created_at} format="time" />
              </span>
            </li>
          );
        })}
      </ol>
      {error !== undefined && (
        <Alert color="red" role="alert" mx="sm" mb="xs">
          {problemText(error)}
        </Alert>
      )}
      {toE164(peer) ? (
        <form className={classes.compose} onSubmit={(event) => void send(event)}>
          <Textarea
            className={classes.composeField}
            aria-label={t('sms.reply')}
            placeholder={t('sms.reply')}
            autosize
            minRows={1}
            maxRows={4}
            maxLength={1600}
            value={draft}
            onChange={(event) => setDraft(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) void send(event);
            }}
          />
          <ActionIcon type="submit" size={44} radius="xl" variant="filled" color="petrol" aria-label={t('sms.send')} loading={busy} disabled={!draft.trim()}>
            <IconSend size={20} aria-hidden="true" className={classes.arrow} />
          </ActionIcon>
        </form>
      ) : (
        <Text size="sm" c="dimmed" ta="center" p="sm">
          {t('sms.noReply')}
        </Text>
      )}
    </div>
  );
}
