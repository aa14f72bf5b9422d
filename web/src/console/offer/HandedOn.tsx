import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';

/** Of a call that goes on already: how far its script is, and what the colleague wrote. */
export function HandedOn({ callId, note }: { callId: string; note: string | undefined }) {
  const { t } = useTranslation('console');
  const call = useQuery({
    queryKey: ['calls', callId],
    queryFn: () => body(api.GET('/v1/calls/{call_id}', { params: { path: { call_id: callId }, query: { as: 'agent' } } })),
  });
  const steps = call.data?.steps;
  return (
    <div>
      {steps && <Text size="sm">{t('call.progress', { done: steps.filter((s) => s.state === 'passed').length, total: steps.length })}</Text>}
      {note && <Text size="sm" dir="auto" lineClamp={4} style={{ whiteSpace: 'pre-wrap' }}>“{note}”</Text>}
    </div>
  );
}
