import { Button, Group, Stack, Text } from '@mantine/core';
import { IconBellRinging, IconPhoneOff } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { Countdown } from '@/shared';
import { DeviceCheck, DeviceProblemAlert, type LocalMediaHandle, MediaPreview } from '@/shared/call';
import { onOurClock } from '../frame/serverClock';
import { useSay } from '../parts/parts';
import type { Call } from './CallPage';
import classes from './call.module.css';

/** The customer's devices ring: how it stands, oneself in the picture, and a way out. */
export function Ringing({ call, media, name }: { call: Call; media: LocalMediaHandle; name: string }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const say = useSay();
  const cancel = useMutation({
    mutationFn: () => body(api.POST('/v1/calls/{call_id}/hangup', { params: { path: { call_id: call.id }, query: { as: 'agent' } } })),
    onSuccess: (over) => client.setQueryData(['calls', call.id], over),
    onError: (error) => {
      say.failed(error);
      void client.invalidateQueries({ queryKey: ['calls', call.id] });
    },
  });
  const rings = call.rung_at !== undefined;
  const camera = media.camera;
  return (
    <div className={classes.ringing}>
      <Stack align="center" gap="lg" maw={520} w="100%">
        <div className={classes.ringIcon} data-rings={rings || undefined} aria-hidden="true">
          <IconBellRinging size={34} stroke={1.5} />
        </div>
        <div role="status" style={{ textAlign: 'center' }}>
          <Text size="xl" fw={640}>{t('call.ringing', { name })}</Text>
          <Text c="dimmed">{rings ? t('call.rings') : t('call.noRingYet')}</Text>
        </div>
        {call.ring_expires_at && (
          <Text className="vv-numbers">
            {t('call.missedIn')} <Countdown to={onOurClock(call.ring_expires_at)} onEnd={() => void client.invalidateQueries({ queryKey: ['calls', call.id] })} />
          </Text>
        )}
        <div className={classes.check}>
          {!call.agent_video ? (
            <>
              <Text ta="center">{t('call.notSeen')}</Text>
              {media.microphone.problem && <DeviceProblemAlert device="microphone" problem={media.microphone.problem} onRetry={() => void media.start()} />}
            </>
          ) : media.state === 'live' && camera.track && media.microphone.track ? (
            <div className={classes.preview}>
              <MediaPreview stream={media.stream} track={camera.track} mirrored label={t('call.self')} />
            </div>
          ) : media.state === 'live' ? (
            <>
              {camera.problem && <DeviceProblemAlert device="camera" problem={camera.problem} onRetry={() => void media.start()} />}
              {media.microphone.problem && <DeviceProblemAlert device="microphone" problem={media.microphone.problem} onRetry={() => void media.start()} />}
            </>
          ) : (
            <DeviceCheck media={media} />
          )}
        </div>
        <Group>
          <Button color="red" variant="light" size="md" leftSection={<IconPhoneOff size={18} aria-hidden="true" />} onClick={() => cancel.mutate()} loading={cancel.isPending}>
            {t('call.cancel')}
          </Button>
        </Group>
      </Stack>
    </div>
  );
}
