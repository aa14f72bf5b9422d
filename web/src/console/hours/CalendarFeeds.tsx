import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { ConfirmButton, ErrorState, LoadingState, TimeText } from '@/shared';
import { Failed, OnceModal, Section } from '../parts/parts';
import rows from '../parts/parts.module.css';

/** My bookings in a calendar elsewhere: secret addresses that are shown once, and ended at any time. */
export function CalendarFeeds() {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [url, setUrl] = useState<string | null>();
  const feeds = useQuery({ queryKey: ['calendar-feeds'], queryFn: async () => (await body(api.GET('/v1/agents/me/calendar-feeds'))).items });
  const refresh = () => client.invalidateQueries({ queryKey: ['calendar-feeds'] });
  const make = useMutation({
    mutationFn: () => body(api.POST('/v1/agents/me/calendar-feeds', { body: name.trim() ? { name: name.trim() } : {} })),
    onSuccess: (made) => {
      setUrl(made.url);
      setName('');
      void refresh();
    },
  });
  return (
    <Section title={t('feeds.title')}>
      <Stack>
        <Text c="dimmed" size="sm">{t('feeds.help')}</Text>
        {!feeds.data ? (
          feeds.error ? <ErrorState error={feeds.error} onRetry={() => void feeds.refetch()} withDetail /> : <LoadingState />
        ) : feeds.data.length > 0 && (
          <ul className={rows.rows}>
            {feeds.data.map((f) => (
              <li key={f.id}>
                <div className={rows.rowText}>
                  <Text fw={560}>{f.name || t('feeds.unnamed')}</Text>
                  <Text size="sm" c="dimmed">{t('word.created')}: <TimeText value={f.created_at} format="short" /> · {f.read_at ? <>{t('feeds.read')} <TimeText value={f.read_at} format="short" /></> : t('feeds.neverRead')}</Text>
                </div>
                <ConfirmButton
                  size="xs"
                  title={t('feeds.endTitle', { name: f.name || t('feeds.unnamed') })}
                  message={t('feeds.endText')}
                  confirmLabel={t('feeds.end')}
                  aria-label={`${t('feeds.end')}: ${f.name || t('feeds.unnamed')}`}
                  onConfirm={async () => {
                    await api.DELETE('/v1/agents/me/calendar-feeds/{feed_id}', { params: { path: { feed_id: f.id } } });
                    await refresh();
                  }}
                >
                  {t('feeds.end')}
                </ConfirmButton>
              </li>
            ))}
          </ul>
        )}
        <form onSubmit={(e) => { e.preventDefault(); make.mutate(); }}>
          <Group align="flex-end">
            <TextInput label={t('feeds.name')} placeholder={t('feeds.namePlaceholder')} maxLength={100} value={name} onChange={(e) => setName(e.currentTarget.value)} style={{ flex: '1 1 200px' }} />
            <Button type="submit" variant="default" loading={make.isPending}>{t('feeds.make')}</Button>
          </Group>
        </form>
        <Failed error={make.error} />
        <OnceModal title={t('feeds.address')} text={t('feeds.addressText')} value={url} onClose={() => setUrl(undefined)} />
      </Stack>
    </Section>
  );
}
