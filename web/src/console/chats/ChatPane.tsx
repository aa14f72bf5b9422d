import { Badge, Button, Group, Menu, Text } from '@mantine/core';
import { IconChevronDown, IconShieldCheck, IconShieldQuestion } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, type Schema } from '@/api';
import { ErrorState, TimeText } from '@/shared';
import { ThreadLog, ThreadWrite, threadKey, useThread, WhoAnswers } from '@/shared/thread';
import pane from '@/shared/thread/thread.module.css';
import { useSay } from '../parts/parts';
import { useMay } from '../session/roles';
import { useMe } from '../session/session';

type Guidance = NonNullable<Schema<'NewThreadLine'>['notice']>;
const guidance: Guidance[] = ['documents_again', 'form_again', 'book_call'];

/** The chat of one case: who speaks, taking over and handing back, and writing while one has it. */
export function ChatPane({ identificationId, customerName }: { identificationId: string; customerName?: string }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const me = useMe();
  const may = useMay();
  const say = useSay();
  const client = useQueryClient();
  const mayTalk = may('chat');
  const thread = useThread(identificationId, 'agent', { open: mayTalk });
  const path = { params: { path: { identification_id: identificationId } } };
  const done = () => {
    void client.invalidateQueries({ queryKey: threadKey(identificationId) });
    void client.invalidateQueries({ queryKey: ['threads'] });
  };
  const take = useMutation({ mutationFn: () => api.POST('/v1/identifications/{identification_id}/thread/take-over', path), onError: say.failed, onSettled: done });
  const back = useMutation({ mutationFn: (to: 'bot' | 'person') => api.POST('/v1/identifications/{identification_id}/thread/hand-back', { ...path, body: { to } }), onError: say.failed, onSettled: done });
  const guide = useMutation({ mutationFn: (notice: Guidance) => api.POST('/v1/identifications/{identification_id}/thread/lines', { params: { ...path.params, query: { as: 'agent' } }, body: { notice } }), onError: say.failed, onSettled: done });
  const { head } = thread;
  if (thread.error && !head) return <ErrorState error={thread.error} onRetry={thread.refetch} withDetail />;
  const mine = head?.state === 'person' && head.agent_id === me.agent.id;
  const taken = head?.state === 'person' && !mine;
  const takes = mayTalk && head && !mine && (!taken || me.agent.role === 'supervisor');
  return (
    <div className={pane.pane} data-chat={head?.state} data-mine={mine || undefined}>
      {head && (
        <>
          <WhoAnswers color={mine ? 'petrol' : head.state === 'waiting' ? 'yellow' : 'gray'}>
            <Group justify="space-between" gap="xs">
              <Text size="sm" fw={560}>
                {mine && t('chats.mine')}
                {taken && t('chats.withAgent', { name: head.agent_name ?? t('word.agent') })}
                {head.state === 'bot' && (head.bot_on ? t('chats.withBot') : t('chats.withNobody'))}
                {head.state === 'waiting' && (
                  <>
                    {t(`chats.why.${head.asked_why ?? 'customer'}`)} <TimeText value={head.asked_at!} format="time" />
                  </>
                )}
              </Text>
              {thread.entries.some((e) => e.role === 'customer') && (
                <Badge variant="light" color={head.verified ? 'petrol' : 'gray'} tt="none" leftSection={head.verified ? <IconShieldCheck size={14} aria-hidden="true" /> : <IconShieldQuestion size={14} aria-hidden="true" />} title={head.verified ? undefined : t('chats.notVerifiedHelp')}>
                  {head.verified ? common('thread.verified') : t('chats.notVerified')}
                </Badge>
              )}
            </Group>
          </WhoAnswers>
          {head.state !== 'bot' && !head.verified && thread.entries.some((e) => e.role === 'customer') && <Text size="sm" c="dimmed">{t('chats.notVerifiedHelp')}</Text>}
        </>
      )}
      <ThreadLog thread={thread} side="agent" customerName={customerName} empty={common('call.chat.none')} />
      {takes && (
        <Group>
          <Button onClick={() => take.mutate()} loading={take.isPending}>{taken ? t('chats.takeFrom', { name: head.agent_name ?? t('word.agent') }) : t('chats.take')}</Button>
          {head.state === 'waiting' && head.bot_on && <Button variant="default" onClick={() => back.mutate('bot')} loading={back.isPending && back.variables === 'bot'}>{t('chats.toBot')}</Button>}
        </Group>
      )}
      {mine && (
        <>
          <Group gap="xs">
            <Menu>
              <Menu.Target>
                <Button size="compact-md" mih={36} variant="default" rightSection={<IconChevronDown size={14} aria-hidden="true" />} loading={guide.isPending}>{t('chats.guide')}</Button>
              </Menu.Target>
              <Menu.Dropdown>
                {guidance.map((key) => (
                  <Menu.Item key={key} onClick={() => guide.mutate(key)}>{common(`thread.notice.${key}`)}</Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
            <Button size="compact-md" mih={36} variant="default" onClick={() => back.mutate('bot')} loading={back.isPending && back.variables === 'bot'}>{head.bot_on ? t('chats.toBot') : t('chats.finish')}</Button>
            <Button size="compact-md" mih={36} variant="default" onClick={() => back.mutate('person')} loading={back.isPending && back.variables === 'person'}>{t('chats.toPerson')}</Button>
          </Group>
          <ThreadWrite thread={thread} />
        </>
      )}
    </div>
  );
}
