import { Alert, Button, Group, Modal, Progress, Stack, Text, Textarea } from '@mantine/core';
import { IconDownload, IconGavel, IconMovie } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { ConfirmButton, TimeText } from '@/shared';
import { useAgentName } from '../frame/names';
import { Failed } from '../parts/parts';
import { useList } from '../parts/pages';
import { useMay } from '../session/roles';
import classes from './player.module.css';

/** How long a recording is kept, one file of both sides, and who has seen it; for those who may. */
export function Keeping({ callId, zone }: { callId: string; zone?: string }) {
  const may = useMay();
  if (!may('keepRecordings')) return null;
  return (
    <Stack gap="md" mt="md">
      <Composite callId={callId} />
      <Retention callId={callId} zone={zone} />
      <Access callId={callId} zone={zone} />
    </Stack>
  );
}

function Composite({ callId }: { callId: string }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const key = ['composites', callId];
  const params = { path: { call_id: callId } };
  const composite = useQuery({
    queryKey: key,
    queryFn: () => body(api.GET('/v1/calls/{call_id}/composite', { params })),
    refetchInterval: (q) => (q.state.data?.state === 'queued' || q.state.data?.state === 'running' ? 1_500 : false),
  });
  const put = (next: Schema<'Composite'>) => client.setQueryData(key, next);
  const request = useMutation({ mutationFn: () => body(api.POST('/v1/calls/{call_id}/composite', { params })), onSuccess: put });
  const cancel = useMutation({ mutationFn: () => body(api.POST('/v1/calls/{call_id}/composite/cancel', { params })), onSuccess: put });
  const now = composite.data;
  if (!now) return null;
  const making = now.state === 'queued' || now.state === 'running';
  const missing = request.error && Problem.from(request.error).code === 'ffmpeg_missing';
  return (
    <section aria-label={t('player.composite.title')}>
      <Text fw={600} mb={4}>{t('player.composite.title')}</Text>
      {making ? (
        <Group gap="sm" wrap="nowrap" maw={480}>
          <Progress value={now.percent} flex={1} size="lg" aria-label={t('player.composite.making')} />
          <Button size="compact-sm" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>{common('action.cancel')}</Button>
        </Group>
      ) : now.state === 'complete' && now.url ? (
        <Button component="a" href={now.url} download={`${callId}.mp4`} variant="light" leftSection={<IconDownload size={18} aria-hidden="true" />}>
          {t('player.composite.download')}
        </Button>
      ) : (
        <Button variant="default" leftSection={<IconMovie size={18} aria-hidden="true" />} loading={request.isPending} onClick={() => request.mutate()}>
          {t('player.composite.make')}
        </Button>
      )}
      <Text size="sm" c="dimmed" role="status">
        {making ? t('player.composite.making') : now.state === 'failed' ? t('player.composite.failed') : now.state === 'cancelled' ? t('player.composite.cancelled') : ''}
      </Text>
      {missing ? <Alert color="yellow" role="alert" mt={6}>{t('player.composite.missing')}</Alert> : <Failed error={request.error ?? cancel.error} />}
    </section>
  );
}

function Retention({ callId, zone }: { callId: string; zone?: string }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const may = useMay();
  const agentName = useAgentName();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const key = ['recording-records', callId];
  const params = { path: { call_id: callId } };
  const record = useQuery({ queryKey: key, queryFn: () => body(api.GET('/v1/calls/{call_id}/recording/record', { params })) });
  const hold = useMutation({
    mutationFn: () => body(api.POST('/v1/calls/{call_id}/recording/hold', { params, body: { reason: reason.trim() } })),
    onSuccess: (next) => {
      client.setQueryData(key, next);
      setAsking(false);
      setReason('');
    },
  });
  const now = record.data;
  if (!now) return null;
  const release = async () => {
    client.setQueryData(key, await body(api.POST('/v1/calls/{call_id}/recording/release', { params })));
  };
  return (
    <section aria-label={t('player.keep.title')}>
      <Text fw={600} mb={4}>{t('player.keep.title')}</Text>
      {now.deleted_at ? (
        <Alert color="gray">
          {t('player.keep.deleted')} <TimeText value={now.deleted_at} zone={zone} />
          {now.receipt && (
            <details>
              <summary>{t('player.keep.receipt')}</summary>
              <pre className={classes.receipt} dir="ltr">{now.receipt}{now.receipt_mac && `\nHMAC-SHA-256 ${now.receipt_mac}`}</pre>
            </details>
          )}
        </Alert>
      ) : (
        <Stack gap={6} align="flex-start">
          {now.keep_until && <Text size="sm">{t('player.keep.until')} <TimeText value={now.keep_until} zone={zone} /></Text>}
          {now.held_at && (
            <Alert color="gray" icon={<IconGavel size={20} aria-hidden="true" />} title={t('player.keep.held')} role="status">
              {now.hold_reason} · <TimeText value={now.held_at} zone={zone} /> {agentName(now.held_by) && `· ${agentName(now.held_by)}`}
            </Alert>
          )}
          {may('holdRecordings') && !now.held_at && <Button variant="default" size="xs" onClick={() => setAsking(true)}>{t('player.keep.hold')}</Button>}
          {may('holdRecordings') && now.held_at && (
            <ConfirmButton size="xs" variant="default" title={t('player.keep.releaseTitle')} message={t('player.keep.releaseText')} confirmLabel={t('player.keep.release')} onConfirm={release}>
              {t('player.keep.release')}
            </ConfirmButton>
          )}
        </Stack>
      )}
      <Modal opened={asking} onClose={() => setAsking(false)} title={<Text fw={620}>{t('player.keep.hold')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
        <Stack>
          <Text>{t('player.keep.holdText')}</Text>
          <Textarea label={t('word.reason')} required value={reason} maxLength={500} autosize minRows={2} onChange={(e) => setReason(e.currentTarget.value)} data-autofocus />
          <Failed error={hold.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)}>{common('action.cancel')}</Button>
            <Button loading={hold.isPending} disabled={reason.trim() === ''} onClick={() => hold.mutate()}>{t('player.keep.hold')}</Button>
          </Group>
        </Stack>
      </Modal>
    </section>
  );
}

function Access({ callId, zone }: { callId: string; zone?: string }) {
  const { t } = useTranslation('console');
  const agentName = useAgentName();
  const [open, setOpen] = useState(false);
  const list = useList<Schema<'RecordingAccess'>>(
    ['recording-access', callId],
    (cursor) => body(api.GET('/v1/calls/{call_id}/recording/access', { params: { path: { call_id: callId }, query: { limit: 50, cursor } } })),
    open,
  );
  return (
    <details onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>{t('player.access.title')}</summary>
      {list.error ? <Failed error={list.error} /> : null}
      {list.items?.length === 0 && <Text c="dimmed" size="sm">{t('player.access.none')}</Text>}
      <ul className={classes.gapList}>
        {list.items?.map((a) => (
          <li key={a.id}>
            <TimeText value={a.last_at} format="short" zone={zone} /> · {agentName(a.actor_id) ?? t(`actor.${a.actor_kind as 'agent'}`, { defaultValue: a.actor_kind })} · {t(`player.access.${a.object}`)}
          </li>
        ))}
      </ul>
      {list.more && <Button size="xs" variant="default" onClick={list.more} loading={list.loadingMore}>{t('more')}</Button>}
    </details>
  );
}
