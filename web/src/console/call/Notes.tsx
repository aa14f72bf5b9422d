import { Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { Failed } from '../parts/parts';
import { useMe } from '../session/session';
import type { Call } from './CallPage';

const pauseMs = 1200;

/** Notes on the call, saved by themselves a moment after the last letter and when one leaves them. */
export function Notes({ call }: { call: Call }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const me = useMe();
  const [notes, setNotes] = useState(call.notes);
  const saved = useRef(call.notes);
  const save = useMutation({
    mutationFn: (text: string) => body(api.PATCH('/v1/calls/{call_id}', { params: { path: { call_id: call.id } }, body: { notes: text } })),
    onSuccess: (next) => {
      saved.current = next.notes;
      client.setQueryData(['calls', call.id], next);
    },
  });
  const latest = useRef(notes);
  latest.current = notes;
  const saveNow = useRef(() => {});
  saveNow.current = () => {
    if (latest.current !== saved.current) save.mutate(latest.current);
  };
  useEffect(() => {
    if (notes === saved.current) return;
    const timer = setTimeout(() => saveNow.current(), pauseMs);
    return () => clearTimeout(timer);
  }, [notes]);
  useEffect(() => () => saveNow.current(), []);
  const mine = call.agent_id === me.agent.id || me.agent.role === 'supervisor';
  return (
    <Stack gap="xs">
      <Textarea
        label={t('call.notes')}
        description={t('call.notesHelp')}
        value={notes}
        maxLength={4000}
        autosize
        minRows={8}
        readOnly={!mine}
        onChange={(e) => setNotes(e.currentTarget.value)}
        onBlur={() => saveNow.current()}
      />
      <Text size="sm" c="dimmed" role="status">
        {save.isPending ? t('saving') : notes !== saved.current ? t('unsaved') : save.isSuccess ? t('saved') : ''}
      </Text>
      <Failed error={save.error} />
    </Stack>
  );
}
