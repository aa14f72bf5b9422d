import { Button, Group, Modal, Radio, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { Failed, useSay } from '../parts/parts';
import classes from './verdict.module.css';

const outcomes: Schema<'CaseOutcome'>[] = ['resolved', 'follow_up', 'unresolved'];

/** How guidance or advice ended: there is no verdict on anybody. */
export function OutcomeBar({ identification, call, plain }: { identification: Schema<'Identification'>; call: Schema<'Call'> | undefined; plain?: boolean }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const say = useSay();
  const [asking, setAsking] = useState(false);
  const [outcome, setOutcome] = useState<Schema<'CaseOutcome'>>();
  const [note, setNote] = useState('');
  const complete = useMutation({
    mutationFn: () =>
      body(
        api.POST('/v1/identifications/{identification_id}/complete', {
          params: { path: { identification_id: identification.id } },
          body: { outcome: outcome!, ...(note.trim() ? { note: note.trim() } : {}) },
        }),
      ),
    onSuccess: (next) => {
      client.setQueryData(['identifications', next.id], next);
      for (const key of ['calls', 'identifications', 'presence', 'bookings']) void client.invalidateQueries({ queryKey: [key] });
      say.done(t('complete.done'));
      setAsking(false);
    },
  });
  const close = () => {
    if (complete.isPending) return;
    complete.reset();
    setAsking(false);
  };
  return (
    <div className={plain ? undefined : classes.bar}>
      <Button fullWidth={!plain} onClick={() => setAsking(true)}>{t('complete.do')}</Button>
      <Modal opened={asking} onClose={close} title={<Text fw={620}>{t('complete.title')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
        <Stack>
          <Radio.Group label={t('complete.section')} required value={outcome ?? ''} onChange={(v) => setOutcome(v as Schema<'CaseOutcome'>)}>
            <Stack gap="xs" mt="xs">
              {outcomes.map((o) => <Radio key={o} value={o} label={t(`outcome.${o}`)} description={t(`outcomeHelp.${o}`)} />)}
            </Stack>
          </Radio.Group>
          <Textarea label={t('complete.note')} description={t('complete.noteHelp')} value={note} onChange={(e) => setNote(e.currentTarget.value)} maxLength={2000} autosize minRows={2} />
          <Text c="dimmed" size="sm">{t('complete.final')}{call?.state === 'active' && ` ${t('verdict.endsCall')}`}</Text>
          <Failed error={complete.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close} disabled={complete.isPending}>{common('action.cancel')}</Button>
            <Button loading={complete.isPending} disabled={!outcome} onClick={() => complete.mutate()}>{t('complete.do')}</Button>
          </Group>
        </Stack>
      </Modal>
    </div>
  );
}
