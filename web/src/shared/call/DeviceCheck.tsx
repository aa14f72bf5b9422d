import { Alert, Button, NativeSelect, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCamera, IconCircleCheck, IconMicrophone, IconVolume } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './call.module.css';
import { browserKind, type DeviceProblem } from './devices';
import { MediaPreview } from './MediaPreview';
import { playChime, unlockSound, useLevel } from './sound';
import type { LocalMediaHandle } from './useCall';

/** What went wrong with a camera or microphone, and what to do about it in this browser. */
export function DeviceProblemAlert({ device, problem, onRetry }: { device: 'camera' | 'microphone' | 'both'; problem: DeviceProblem; onRetry?: () => void }) {
  const { t } = useTranslation();
  const kind = browserKind();
  const howTo =
    problem === 'denied' ? t(`call.howTo.${kind}`)
    : kind === 'inApp' && problem !== 'busy' ? t('call.howTo.inApp')
    : t(`call.todo.${problem}`);
  return (
    <Alert color="red" icon={<IconAlertTriangle size={22} aria-hidden="true" />} title={t(`call.refused.${device}`)} role="alert">
      <Stack gap="sm" align="flex-start">
        <Text>{howTo}</Text>
        {onRetry && problem !== 'insecure' && problem !== 'unsupported' && (
          <Button variant="default" onClick={onRetry}>
            {t('call.tryAgain')}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** How loud the microphone hears one; in words too, since a bar says nothing to a screen reader. */
export function LevelMeter({ track }: { track: MediaStreamTrack | undefined }) {
  const { t } = useTranslation();
  const level = useLevel(track);
  const [heard, setHeard] = useState(false);
  useEffect(() => setHeard(false), [track]);
  useEffect(() => {
    if (level > 0.35) setHeard(true);
  }, [level]);
  return (
    <div className={classes.level}>
      <IconMicrophone size={22} aria-hidden="true" />
      <div className={classes.levelBody}>
        <div className={classes.bar} aria-hidden="true">
          <span style={{ transform: `scaleX(${level.toFixed(2)})` }} />
        </div>
        <Text size="sm" c="dimmed" role="status">
          {heard ? t('call.heardYou') : t('call.saySomething')}
        </Text>
      </div>
      {heard && <IconCircleCheck size={22} className={classes.good} aria-hidden="true" />}
    </div>
  );
}

/**
 * Camera, microphone and loudspeaker before a call. It asks for nothing by
 * itself: the button does, so that the browser's question does not come out of
 * the blue. With both running there is nothing more to press.
 */
export function DeviceCheck({ media, only }: { media: LocalMediaHandle; /** The camera stays off. */ only?: 'microphone' }) {
  const { t } = useTranslation();
  const [chimed, setChimed] = useState<boolean>();
  const { camera, microphone } = media;
  const start = () => {
    void unlockSound();
    void media.start({ only });
  };
  if (media.state === 'off' || media.state === 'asking') {
    return (
      <Stack align="stretch">
        <div className={classes.frame}>
          <div className={classes.ask}>
            {only ? <IconMicrophone size={40} stroke={1.5} aria-hidden="true" /> : <IconCamera size={40} stroke={1.5} aria-hidden="true" />}
            <Text role="status">{media.state === 'asking' ? t('call.asking') : t(only ? 'call.willAskMicrophone' : 'call.willAsk')}</Text>
          </div>
        </div>
        <Button onClick={start} loading={media.state === 'asking'}>
          {t(only ? 'call.turnOnMicrophone' : 'call.turnOn')}
        </Button>
      </Stack>
    );
  }
  const both = camera.problem !== undefined && camera.problem === microphone.problem;
  return (
    <Stack>
      {camera.track && (
        <div className={classes.frame}>
          <MediaPreview stream={media.stream} track={camera.track} mirrored={camera.facing !== 'environment'} label={t('call.you')} />
        </div>
      )}
      {both ? (
        <DeviceProblemAlert device="both" problem={camera.problem!} onRetry={start} />
      ) : (
        <>
          {camera.problem && <DeviceProblemAlert device="camera" problem={camera.problem} onRetry={start} />}
          {microphone.problem && <DeviceProblemAlert device="microphone" problem={microphone.problem} onRetry={start} />}
        </>
      )}
      {microphone.track && <LevelMeter track={microphone.track} />}
      {media.cameras.length > 1 && (
        <NativeSelect
          label={t('call.camera')}
          value={camera.deviceId}
          disabled={media.switching}
          data={media.cameras.map((d, i) => ({ value: d.deviceId, label: d.label || t('call.cameraNumber', { number: i + 1 }) }))}
          onChange={(e) => void media.useCamera(e.currentTarget.value)}
        />
      )}
      {media.microphones.length > 1 && (
        <NativeSelect
          label={t('call.microphone')}
          value={microphone.deviceId}
          disabled={media.switching}
          data={media.microphones.map((d, i) => ({ value: d.deviceId, label: d.label || t('call.microphoneNumber', { number: i + 1 }) }))}
          onChange={(e) => void media.useMicrophone(e.currentTarget.value)}
        />
      )}
      <div>
        <Button variant="default" leftSection={<IconVolume size={20} aria-hidden="true" />} onClick={() => void playChime().then(setChimed)}>
          {t('call.testSpeaker')}
        </Button>
        {chimed !== undefined && (
          <Text size="sm" c="dimmed" mt="xs" role="status">
            {chimed ? t('call.chimed') : t('call.noSound')}
          </Text>
        )}
      </div>
    </Stack>
  );
}
