import { Alert, Button, Group } from '@mantine/core';
import { IconPhone } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { ConfirmButton } from '@/shared';
import { useSay } from '../parts/parts';
import type { Call } from './CallPage';

const reasons = ['busy', 'no_answer', 'machine', 'not_confirmed', 'hung_up'] as const;

/** How a call by phone stands, above the picture. */
export function PhoneState({ call }: { call: Call }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const say = useSay();
  const end = useMutation({
    mutationFn: () => body(api.POST('/v1/calls/{call_id}/telephone/end', { params: { path: { call_id: call.id }, query: { as: 'agent' } } })),
    onSuccess: (now) => client.setQueryData(['calls', call.id], now),
    onError: say.failed,
  });
  const { telephone } = call;
  const newest = telephone?.parts.at(-1);
  const part = telephone?.state === 'connected';
  if (call.phone_call_id !== undefined || part || telephone?.state === 'asked') {
    return (
      <Alert color="petrol" radius={0} role="status" icon={<IconPhone size={20} aria-hidden="true" />} data-phone={telephone?.state ?? 'caller'}>
        <Group justify="space-between">
          {telephone?.state === 'asked' ? t('byPhone.calling') : t('byPhone.onText')}
          {telephone?.state === 'asked' && <Button size="xs" variant="default" loading={end.isPending} onClick={() => end.mutate()}>{t('byPhone.cancel')}</Button>}
          {part && <Button size="xs" variant="default" loading={end.isPending} onClick={() => end.mutate()}>{t('byPhone.back')}</Button>}
        </Group>
      </Alert>
    );
  }
  if (!newest || (newest.state !== 'failed' && newest.reason !== 'agent_not_reached')) return null;
  const known = reasons.find((r) => r === newest.reason);
  const why = newest.reason === 'agent_not_reached' ? t('byPhone.agent') : known ? t(`byPhone.${known}`) : t('byPhone.other');
  return <Alert color="yellow" radius={0} py="xs" role="status" data-phone="failed" icon={<IconPhone size={20} aria-hidden="true" />}>{t('byPhone.failed', { why })}</Alert>;
}

/** Has the customer called by phone, where the scenario allows it. */
export function PhoneButton({ call }: { call: Call }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const { telephone } = call;
  if (!telephone?.allowed || telephone.state === 'asked' || telephone.state === 'connected') return null;
  const start = async () => {
    const now = await body(api.POST('/v1/calls/{call_id}/telephone', { params: { path: { call_id: call.id }, query: { as: 'agent' } }, body: {} }));
    client.setQueryData(['calls', call.id], now);
  };
  return (
    <ConfirmButton color="gray" variant="default" size="md" leftSection={<IconPhone size={20} aria-hidden="true" />} title={t('byPhone.title')} message={t('byPhone.text')} confirmLabel={t('byPhone.call')} onConfirm={start}>
      {t('byPhone.call')}
    </ConfirmButton>
  );
}
