import { Button, Group, Text, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { Failed, Section } from '../parts/parts';
import { useMay } from '../session/roles';

/** The agents' own notes on the case. */
export function CaseNotes({ identification }: { identification: Schema<'Identification'> }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const may = useMay();
  const [notes, setNotes] = useState<string>();
  const save = useMutation({
    mutationFn: (text: string) =>
      body(api.PATCH('/v1/identifications/{identification_id}', { params: { path: { identification_id: identification.id } }, body: { notes: text } })),
    onSuccess: (next) => {
      client.setQueryData(['identifications', next.id], next);
      setNotes(undefined);
    },
  });
  if (!may('noteCases')) {
    return (
      <Section title={t('case.notes')}>
        <Text style={{ whiteSpace: 'pre-wrap' }} c={identification.notes ? undefined : 'dimmed'}>{identification.notes || t('case.noNotes')}</Text>
      </Section>
    );
  }
  const changed = notes !== undefined && notes !== identification.notes;
  return (
    <Section title={t('case.notes')}>
      <Textarea aria-label={t('case.notes')} value={notes ?? identification.notes} onChange={(e) => setNotes(e.currentTarget.value)} autosize minRows={3} maxLength={10000} />
      <Failed error={save.error} />
      {changed && (
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={() => setNotes(undefined)}>{common('action.cancel')}</Button>
          <Button loading={save.isPending} onClick={() => save.mutate(notes)}>{common('action.save')}</Button>
        </Group>
      )}
    </Section>
  );
}
