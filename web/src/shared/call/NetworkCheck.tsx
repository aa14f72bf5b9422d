import { Alert, Button, Progress, Stack, Text } from '@mantine/core';
import { IconCircleCheck, IconPhone, IconWifi, IconWifi1, IconWifi2 } from '@tabler/icons-react';
import { type ReactNode, useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './call.module.css';
import { type Advice, NetworkTest, testTiming, testURL } from './NetworkTest';
import { QualityTable } from './QualityBars';
import type { LocalMediaHandle } from './useCall';

const icons: Record<Advice, ReactNode> = {
  good: <IconCircleCheck size={22} aria-hidden="true" />,
  fair: <IconWifi2 size={22} aria-hidden="true" />,
  poor: <IconWifi1 size={22} aria-hidden="true" />,
  phone: <IconPhone size={22} aria-hidden="true" />,
};
const colours: Record<Advice, string> = { good: 'petrol', fair: 'petrol', poor: 'yellow', phone: 'red' };

/** Tries the way that a call would take, once camera or microphone run; says in words what to expect of it. */
export function NetworkCheck({ media, as, onAdvice, phone }: { media: LocalMediaHandle; as: 'agent' | 'customer'; onAdvice?: (advice: Advice) => void; /** What to do when a video call will hardly work. */ phone?: ReactNode }) {
  const { t } = useTranslation();
  const [test] = useState(() => new NetworkTest(testURL(as)));
  const state = useSyncExternalStore(
    useCallback((fn) => test.subscribe(fn), [test]),
    () => test.snapshot,
  );
  const audio = media.microphone.track ?? null;
  const video = media.camera.track ?? null;
  const tried = useRef(false);
  const live = media.state === 'live';
  useEffect(() => {
    if (!live || tried.current) return;
    tried.current = true;
    test.start(audio, video);
  }, [live, audio, video, test]);
  // Also in development, where effects run twice.
  useEffect(() => () => {
    tried.current = false;
    test.stop();
  }, [test]);
  const echo = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (!echo.current) return;
    echo.current.srcObject = state.echo;
    if (state.echo) void echo.current.play?.()?.catch(() => {});
  }, [state.echo]);
  const over = state.state === 'done' || state.state === 'failed';
  const { advice } = state;
  useEffect(() => {
    if (over && advice) onAdvice?.(advice);
  }, [over, advice, onAdvice]);
  if (state.state === 'idle') return null;
  const running = state.state === 'connecting' || state.state === 'running';
  const share = state.state === 'connecting' ? 5 : Math.min(95, 5 + (state.samples.length * 2_000 * 100) / testTiming.length);
  const last = state.samples.at(-1);
  return (
    <section aria-label={t('call.test.title')} data-test={state.state} data-advice={advice}>
      <Stack gap="sm">
        {running && (
          <>
            <Text size="sm" role="status">
              <IconWifi size={18} aria-hidden="true" style={{ verticalAlign: 'text-bottom' }} /> {t('call.test.running')}
            </Text>
            <Progress value={share} aria-label={t('call.test.running')} size="sm" />
            <div className={classes.echo} data-shown={state.echo !== null || undefined}>
              <video ref={echo} muted autoPlay playsInline aria-label={t('call.test.echo')} />
              <Text size="sm" c="dimmed">{t('call.test.echo')}</Text>
            </div>
          </>
        )}
        {state.state === 'busy' && (
          <Text size="sm" role="status">
            {t('call.test.busy')}
          </Text>
        )}
        {over && advice && (
          <Alert color={colours[advice]} icon={icons[advice]} role={advice === 'phone' || advice === 'poor' ? 'alert' : 'status'} title={t(`call.test.advice.${advice}`)}>
            {t(`call.test.what.${advice}`)}
            {advice === 'phone' && phone}
          </Alert>
        )}
        {state.state === 'failed' && !advice && <Text role="alert">{t('call.test.failed')}</Text>}
        {last && (
          <details>
            <summary>{t('call.test.figures')}</summary>
            <QualityTable sides={[{ name: t('call.you'), quality: last }]} />
          </details>
        )}
        {!running && (
          <Button size="compact-md" mih={36} variant="subtle" onClick={() => test.start(audio, video)} style={{ alignSelf: 'flex-start' }}>
            {t('call.test.again')}
          </Button>
        )}
      </Stack>
    </section>
  );
}
