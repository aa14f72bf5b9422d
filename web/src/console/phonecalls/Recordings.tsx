import { Button, Group, Text, Title } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { StateBadge, TimeText } from '@/shared';
import { fromBase64 } from '../admin/wav';
import { useActorName } from '../events/words';
import { Failed } from '../parts/parts';
import rows from '../parts/parts.module.css';
import { useMay } from '../session/roles';
import classes from './phonecalls.module.css';
import { usePhoneWords } from './words';

/** What callers said for the bank: to hear, and who has heard it. */
export function Recordings({ callId, recordings }: { callId: string; recordings: Schema<'PhoneRecording'>[] }) {
  const { t } = useTranslation('voice');
  const may = useMay();
  const heard = useQuery({
    queryKey: ['events', 'played', callId],
    enabled: may('seeEvents'),
    queryFn: async () => (await body(api.GET('/v1/events', { params: { query: { type: 'phone_call.message_played', object_id: callId, order: 'desc', limit: 100 } } }))).items,
  });
  return (
    <section aria-label={t('calls.recordings')}>
      <Title order={3} size="h5" mb="xs">{t('calls.recordings')}</Title>
      <ul className={rows.rows}>
        {recordings.map((r) => (
          <Recording key={r.id} callId={callId} recording={r} heard={(heard.data ?? []).filter((e) => e.data.recording_id === r.id)} />
        ))}
      </ul>
    </section>
  );
}

function Recording({ callId, recording: r, heard }: { callId: string; recording: Schema<'PhoneRecording'>; heard: Schema<'Event'>[] }) {
  const { t } = useTranslation('voice');
  const words = usePhoneWords();
  const actor = useActorName();
  const client = useQueryClient();
  const [url, setUrl] = useState<string>();
  useEffect(() => () => { if (url) URL.revokeObjectURL(url); }, [url]);
  const play = useMutation({
    mutationFn: () => body(api.GET('/v1/phone-calls/{phone_call_id}/recordings/{recording_id}', { params: { path: { phone_call_id: callId, recording_id: r.id } } })),
    onSuccess: (sound) => {
      setUrl(URL.createObjectURL(new Blob([fromBase64(sound.wav)], { type: 'audio/wav' })));
      void client.invalidateQueries({ queryKey: ['events', 'played', callId] });
    },
  });
  return (
    <li>
      <div className={rows.rowText}>
        <Text><bdi>{r.name}</bdi> · {words.took(r.seconds * 1000)}</Text>
        <Group gap="xs">
          <StateBadge state="" tone={r.state === 'kept' ? 'positive' : r.state === 'failed' ? 'negative' : 'neutral'}>{t(`recordingState.${r.state}`)}</StateBadge>
          <Text size="sm" c="dimmed"><TimeText value={r.created_at} format="short" /></Text>
        </Group>
      </div>
      {r.state === 'kept' && !url && (
        <Button size="xs" variant="default" loading={play.isPending} leftSection={<IconPlayerPlay size={16} aria-hidden="true" />} onClick={() => play.mutate()} aria-label={`${t('calls.hear')}: ${r.name}`}>{t('calls.hear')}</Button>
      )}
      {url && <audio className={classes.sound} controls autoPlay src={url} aria-label={r.name} />}
      <Failed error={play.error} />
      {heard.length > 0 && (
        <div className={classes.heard}>
          <Text size="sm" fw={560}>{t('calls.heardBy')}</Text>
          <ul aria-label={t('calls.heardBy')}>
            {heard.map((e) => <li key={e.id}>{e.actor ? actor(e.actor) : ''} · <TimeText value={e.timestamp} format="exact" /></li>)}
          </ul>
        </div>
      )}
    </li>
  );
}
