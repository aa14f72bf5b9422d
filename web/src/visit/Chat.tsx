import { ActionIcon, Button, Drawer, Indicator, Text, VisuallyHidden } from '@mantine/core';
import { IconMessageCircle, IconUser } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api';
import { QuickReplies, type ThreadEntry, ThreadLog, ThreadWrite, useThread, WhoAnswers } from '@/shared/thread';
import pane from '@/shared/thread/thread.module.css';
import { useLanguage } from '@/shared/i18n';
import { Failure } from './Screen';
import { type Detour, useVisit } from './session';

interface Chat {
  unread: number;
  open: () => void;
}
const ChatContext = createContext<Chat | null>(null);

/** The chat of the case; null where there is none: before the link is opened, and in a call. */
export const useChat = () => useContext(ChatContext);

/** The chat of the case beside every screen. In a call its own chat is there: this one then is not. */
export function ChatProvider({ inCall, children }: { inCall: boolean; children: ReactNode }) {
  const { t } = useTranslation();
  const { visit, goTo } = useVisit();
  const [wanted, setOpened] = useState(false);
  const opened = wanted && !inCall;
  useEffect(() => {
    if (inCall) setOpened(false);
  }, [inCall]);
  const id = visit.identification.id;
  const thread = useThread(id, 'customer', { open: opened });
  const { unread } = thread;
  const value = useMemo(() => (inCall ? null : { unread, open: () => setOpened(true) }), [inCall, unread]);
  const person = useMutation({
    mutationFn: () => api.POST('/v1/identifications/{identification_id}/thread/person', { params: { path: { identification_id: id } } }),
    onSettled: () => thread.refresh(),
  });
  const leads: Partial<Record<NonNullable<ThreadEntry['notice']>, Detour>> = { documents_again: 'document', form_again: 'form' };
  const atWork = visit.identification.state === 'open' && visit.proved && visit.next_step !== 'call';
  const renderNotice = (e: ThreadEntry) => {
    const to = leads[e.notice!];
    if (!atWork || (!to && e.notice !== 'book_call') || (e.notice === 'book_call' && visit.next_step !== 'slot')) return null;
    const words = e.notice === 'documents_again' ? t('thread.toDocument') : e.notice === 'form_again' ? t('thread.toForm') : t('thread.toTimes');
    return (
      <Button size="compact-md" mih={36} variant="default" onClick={() => { setOpened(false); if (to) goTo(to); }}>
        {words}
      </Button>
    );
  };
  const state = thread.head?.state;
  return (
    <ChatContext value={value}>
      {children}
      <Drawer
        opened={opened}
        onClose={() => setOpened(false)}
        position="bottom"
        size="min(92dvh, 720px)"
        title={<Text fw={640}>{t('thread.title')}</Text>}
        closeButtonProps={{ 'aria-label': t('action.close') }}
        styles={{ content: { display: 'flex', flexDirection: 'column', maxWidth: 520, marginInline: 'auto', borderStartStartRadius: 16, borderStartEndRadius: 16 }, inner: { justifyContent: 'center' }, body: { flex: 1, minHeight: 0, display: 'flex', flexDirection: 'column' } }}
      >
        <div className={pane.pane} data-chat={state}>
          {state === 'person' && <WhoAnswers color="petrol">{t('thread.withPerson', { name: thread.head?.agent_name || t('thread.agent') })}</WhoAnswers>}
          {state === 'waiting' && <WhoAnswers color="yellow">{t('thread.waiting')}</WhoAnswers>}
          {state === 'bot' && thread.head?.bot_on && <WhoAnswers color="gray">{t('thread.withBot')}</WhoAnswers>}
          <ThreadLog thread={thread} side="customer" renderNotice={renderNotice} empty={t('thread.empty')} autoFocus />
          <Failure error={person.error} />
          <QuickReplies thread={thread} />
          {state === 'bot' && (
            <Button variant="default" leftSection={<IconUser size={18} aria-hidden="true" />} loading={person.isPending} onClick={() => person.mutate()}>
              {t('thread.person')}
            </Button>
          )}
          <ThreadWrite thread={thread} />
        </div>
      </Drawer>
    </ChatContext>
  );
}

/** Opens the chat; says how many lines are new. Nothing where there is no chat. */
export function ChatButton() {
  const { t } = useTranslation();
  const { intl } = useLanguage();
  const chat = useChat();
  if (!chat) return null;
  const news = chat.unread > 0 ? t('call.chat.unread', { count: chat.unread }) : '';
  return (
    <>
      <Indicator disabled={!news} label={new Intl.NumberFormat(intl).format(Math.min(chat.unread, 99))} size={18} offset={6} color="red">
        <ActionIcon size={44} variant="subtle" onClick={chat.open} aria-label={news ? `${t('thread.open')} (${news})` : t('thread.open')} aria-haspopup="dialog">
          <IconMessageCircle size={24} stroke={1.7} aria-hidden="true" />
        </ActionIcon>
      </Indicator>
      <VisuallyHidden role="status">{news && `${t('thread.title')}: ${news}`}</VisuallyHidden>
    </>
  );
}
