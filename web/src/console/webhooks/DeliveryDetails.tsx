import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { ErrorState, LoadingState, StateBadge, TimeText } from '@/shared';
import { Facts, useSay } from '../parts/parts';
import parts from '../parts/parts.module.css';

/** What was sent, and what came back each time. Sending again makes a delivery of its own, which is shown instead. */
export function DeliveryDetails({ deliveryId, onOther }: { deliveryId: string; onOther: (deliveryId: string) => void }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const say = useSay();
  const path = { params: { path: { delivery_id: deliveryId } } };
  const detail = useQuery({
    queryKey: ['webhook-deliveries', deliveryId],
    queryFn: () => body(api.GET('/v1/webhook-deliveries/{delivery_id}', path)),
    refetchInterval: (q) => (q.state.data?.delivery.state === 'pending' ? 2_000 : false),
  });
  const resend = useMutation({
    mutationFn: () => body(api.POST('/v1/webhook-deliveries/{delivery_id}/resend', path)),
    onSuccess: (again) => {
      say.done(t('webhooks.resent'));
      void client.invalidateQueries({ queryKey: ['webhook-deliveries', 'list'] });
      onOther(again.id);
    },
    onError: say.failed,
  });
  const state = detail.data?.delivery.state;
  useEffect(() => {
    // The log behind it tells the same.
    if (state && state !== 'pending') void client.invalidateQueries({ queryKey: ['webhook-deliveries', 'list'] });
  }, [client, state]);
  if (!detail.data) return detail.error ? <ErrorState error={detail.error} onRetry={() => void detail.refetch()} withDetail /> : <LoadingState />;
  const { delivery, attempts } = detail.data;
  return (
    <Stack>
      <Group justify="space-between">
        <StateBadge state={delivery.state} />
        <Button variant="default" onClick={() => resend.mutate()} loading={resend.isPending} disabled={delivery.state === 'pending'}>{t('webhooks.resend')}</Button>
      </Group>
      <Facts
        items={[
          [t('events.type'), <span key="t" className={parts.mono}>{delivery.event_type}</span>],
          ['webhook-id', <span key="i" className={parts.mono}>{delivery.event_id}</span>],
          [t('webhooks.nextTry'), delivery.due_at && <TimeText key="d" value={delivery.due_at} format="exact" />],
        ]}
      />
      <Text fw={620}>{t('webhooks.attempts')}</Text>
      {attempts.length === 0 && <Text c="dimmed">{t('webhooks.notTried')}</Text>}
      <ol className={parts.line}>
        {attempts.map((a) => (
          <li key={a.attempt} data-tone={a.status !== undefined && a.status >= 200 && a.status < 300 ? 'positive' : 'negative'}>
            <Text>
              {a.status !== undefined ? `HTTP ${a.status}` : t('webhooks.noAnswer')} · {a.duration_ms} ms
            </Text>
            <Text size="sm" c="dimmed"><TimeText value={a.at} format="exact" /></Text>
            {a.error && <Text size="sm" dir="ltr" lang="en">{a.error}</Text>}
            {a.response && <pre className={parts.code} dir="ltr">{a.response}</pre>}
          </li>
        ))}
      </ol>
      <Text fw={620}>{t('webhooks.body')}</Text>
      <pre className={parts.code} dir="ltr">{pretty(detail.data.body)}</pre>
    </Stack>
  );
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
