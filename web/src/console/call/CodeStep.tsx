import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconCheck, IconMessage } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { Countdown, PhoneText, useNow } from '@/shared';
import { onOurClock } from '../frame/serverClock';
import { Failed } from '../parts/parts';
import type { Call } from './CallPage';

/** Sends the code of this call; the customer types it in, the agent only sees how it goes. */
export function CodeStep({ call }: { call: Call }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const now = useNow(1000);
  const { code } = call;
  const send = useMutation({
    mutationFn: () => body(api.POST('/v1/calls/{call_id}/code', { params: { path: { call_id: call.id } } })),
    onSuccess: (sent) => client.setQueryData<Call>(['calls', call.id], (c) => c && { ...c, code: sent }),
    onSettled: () => void client.invalidateQueries({ queryKey: ['calls', call.id] }),
  });
  if (call.code_passed_at) {
    return (
      <Alert color="petrol" icon={<IconCheck size={20} aria-hidden="true" />} role="status">
        {t('code.passed')}
      </Alert>
    );
  }
  const next = code ? Date.parse(onOurClock(code.next_send_at)) : 0;
  const wait = code?.state === 'pending' && next > now;
  return (
    <Stack gap="xs">
      {code?.state === 'pending' && (
        <Text role="status">
          {t('code.sent')} {code.phone_masked && <PhoneText value={code.phone_masked} />}
          <br />
          <Text span c="dimmed" size="sm">
            {t('code.left', { count: code.attempts_left })} · {t('code.expires')} <Countdown to={onOurClock(code.expires_at)} />
          </Text>
        </Text>
      )}
      {code && code.state !== 'pending' && code.state !== 'approved' && (
        <Alert color="red" role="alert">
          {t(`code.${code.state}`)}
        </Alert>
      )}
      <Failed error={send.error} />
      <Group>
        <Button
          leftSection={<IconMessage size={18} aria-hidden="true" />}
          variant={code ? 'default' : 'filled'}
          onClick={() => send.mutate()}
          loading={send.isPending}
          disabled={call.state !== 'active' || wait}
        >
          {code ? t('code.resend') : t('code.send')}
        </Button>
        {wait && (
          <Text size="sm" c="dimmed">
            <Countdown to={onOurClock(code.next_send_at)} />
          </Text>
        )}
      </Group>
    </Stack>
  );
}
