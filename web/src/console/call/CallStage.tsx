import { ActionIcon, Alert, Button, Group, Menu, Popover, Text, Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconMaximize, IconMicrophone, IconMicrophoneOff, IconMinimize, IconPhoneOff, IconScreenShare, IconSettings, IconVideo, IconVideoOff } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { ConfirmButton, formatDuration, useLanguage, useNow } from '@/shared';
import { type CallHandle, CallVideo, DeviceProblemAlert, type LocalMediaHandle, levelOf, PointingTools, QualityBars, QualityTable, type Tool } from '@/shared/call';
import { onOurClock } from '../frame/serverClock';
import { useShortcut } from '../parts/parts';
import { useFullScreen } from '../parts/useFullScreen';
import { Colleagues } from '../transfer/Colleagues';
import { TransferBar } from '../transfer/TransferBar';
import { PhoneButton, PhoneState } from './ByPhone';
import type { Call } from './CallPage';
import pane from '../parts/pane.module.css';
import classes from './call.module.css';

/** The picture, how the connection stands, and the buttons under it. */
export function CallStage({ call, link, media, name }: { call: Call; link: CallHandle; media: LocalMediaHandle; name: string }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const { microphone, camera } = media;
  const micOn = microphone.on && microphone.track !== undefined;
  const camOn = camera.on && camera.track !== undefined;
  const toggleMic = () => (microphone.track ? media.setMicrophoneOn(!microphone.on) : void media.start());
  const toggleCam = () => (camera.track ? media.setCameraOn(!camera.on) : void media.start());
  useShortcut('Alt+KeyM', toggleMic);
  useShortcut('Alt+KeyV', call.agent_video ? toggleCam : undefined);

  const { closedBy, callState, step } = link;
  useEffect(() => {
    // The socket hears of the end and of the code before the feed does.
    void client.invalidateQueries({ queryKey: ['calls', call.id] });
  }, [client, call.id, callState, closedBy, link.codePassed]);

  const hangUp = async () => {
    const over = await body(api.POST('/v1/calls/{call_id}/hangup', { params: { path: { call_id: call.id }, query: { as: 'agent' } } }));
    client.setQueryData(['calls', call.id], over);
  };
  const kind = call.scenario?.kind ?? 'identify';
  const guide = kind === 'guide';
  const [tool, setTool] = useState<Tool>(guide ? 'point' : 'none'); // in guidance it is what the call is for
  const picture = useRef<HTMLDivElement>(null);
  const { full, possible, toggle } = useFullScreen(picture);
  const screen = link.sharing ? link.screen : null;
  const showsDocument = step?.kind === 'document_front' || step?.kind === 'document_back';
  const failed = call.recorded && (link.recordingFailed.length > 0 || call.recordings.some((r) => r.state === 'failed'));

  return (
    <div className={classes.call}>
      {failed && (
        <Alert color="red" radius={0} icon={<IconAlertTriangle size={20} aria-hidden="true" />} role="alert" title={t('call.recordingFailed')}>
          {t('call.recordingFailedText')}
        </Alert>
      )}
      <TransferBar call={call} />
      <PhoneState call={call} />
      {closedBy === 'replaced' && (
        <Alert color="yellow" radius={0} role="alert">
          <Group justify="space-between">
            {t('call.replaced')}
            <Button size="xs" onClick={link.rejoin}>{t('call.takeBack')}</Button>
          </Group>
        </Alert>
      )}
      {link.floorMissed && showsDocument && link.connection === 'connected' && (
        <Alert color="yellow" radius={0} py="xs" role="alert" icon={<IconAlertTriangle size={20} aria-hidden="true" />}>
          {t('call.floor')}
        </Alert>
      )}
      {camera.problem && <DeviceProblemAlert device="camera" problem={camera.problem} onRetry={() => void media.start()} />}
      {microphone.problem && <DeviceProblemAlert device="microphone" problem={microphone.problem} onRetry={() => void media.start()} />}
      <div ref={picture} className={classes.video} data-full={full || undefined}>
        <CallVideo call={link} media={media} role="agent" peerName={name} agentVideo={call.agent_video} fit="contain" screen={screen} tool={tool}>
          <div className={classes.overlay} dir="auto">
            {/* Without the socket nobody can say that the recording goes on. */}
          {!call.recorded ? <span className={classes.chip} role="status">{t('call.unrecorded')}</span> : <Recording on={!failed && link.connection === 'connected' && link.socket === 'open'} failed={failed} />}
            <Timer call={call} startedAt={link.startedAt} />
            <Quality link={link} name={name} />
          </div>
          {guide && !screen && <AskScreen link={link} name={name} />}
          {full && (
            <Button className={classes.leave} variant="default" leftSection={<IconMinimize size={18} aria-hidden="true" />} onClick={toggle} dir="auto">
              {t('fullScreen.off')}
            </Button>
          )}
          {step && (
            <div className={classes.instruction} dir="auto" role="status">
              <Text size="xs" opacity={0.8}>{t('call.shown')}</Text>
              <Text fw={620}>{t(`step.${step.kind}.say`)}</Text>
            </div>
          )}
        </CallVideo>
      </div>
      <div className={pane.controls} role="toolbar" aria-label={t('call.controls')}>
        <Control label={micOn ? t('call.mute') : t('call.unmute')} keys="Alt+M" off={!micOn} onClick={toggleMic}>
          {micOn ? <IconMicrophone size={22} /> : <IconMicrophoneOff size={22} />}
        </Control>
        {call.agent_video ? (
          <Control label={camOn ? t('call.cameraOff') : t('call.cameraOn')} keys="Alt+V" off={!camOn} onClick={toggleCam}>
            {camOn ? <IconVideo size={22} /> : <IconVideoOff size={22} />}
          </Control>
        ) : (
          <Text size="sm" c="dimmed">{t('call.notSeen')}</Text>
        )}
        <Devices media={media} />
        {possible && (
          <Tooltip label={t('fullScreen.on')}>
            <ActionIcon size={46} radius="xl" variant="default" color="gray" onClick={toggle} aria-label={t('fullScreen.on')}>
              <IconMaximize size={22} />
            </ActionIcon>
          </Tooltip>
        )}
        <Colleagues call={call} />
        <PhoneButton call={call} />
        <PointingTools call={link} surface={screen ? 'screen' : 'camera'} tool={tool} onTool={setTool} />
        <ConfirmButton
          color="red"
          variant="filled"
          size="md"
          leftSection={<IconPhoneOff size={20} aria-hidden="true" />}
          title={t('call.hangUpTitle')}
          message={t(kind === 'identify' ? 'call.hangUpText' : 'call.hangUpOutcome')}
          onConfirm={hangUp}
        >
          {t('call.hangUp')}
        </ConfirmButton>
      </div>
    </div>
  );
}

/** In guidance, while the customer shares nothing: says so, and asks. */
function AskScreen({ link, name }: { link: CallHandle; name: string }) {
  const { t } = useTranslation('console');
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (!asked) return;
    const timer = setTimeout(() => setAsked(false), 15_000); // then one may ask again
    return () => clearTimeout(timer);
  }, [asked]);
  if (link.connection !== 'connected' || link.peer.state !== 'connected') return null;
  const cannot = link.canShare === false;
  return (
    <div className={classes.askScreen} dir="auto" role="status">
      <Text fw={620}>{cannot ? t('call.cannotShare', { name }) : asked ? t('call.askedScreen') : t('call.noScreen', { name })}</Text>
      {!cannot && (
        <Button size="sm" leftSection={<IconScreenShare size={18} aria-hidden="true" />} disabled={asked} onClick={() => setAsked(link.askScreen())}>
          {t('call.askScreen')}
        </Button>
      )}
    </div>
  );
}

function Control({ label, keys, off, onClick, children }: { label: string; keys: string; off: boolean; onClick: () => void; children: React.ReactNode }) {
  return (
    <Tooltip label={`${label} (${keys})`}>
      <ActionIcon size={46} radius="xl" variant={off ? 'light' : 'default'} color={off ? 'red' : 'gray'} onClick={onClick} aria-label={label} aria-keyshortcuts={keys}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

function Devices({ media }: { media: LocalMediaHandle }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  if (media.cameras.length < 2 && media.microphones.length < 2) return null;
  return (
    <Menu position="top" shadow="md" width={280}>
      <Menu.Target>
        <ActionIcon size={46} radius="xl" variant="default" aria-label={t('call.devices')}>
          <IconSettings size={22} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{common('call.camera')}</Menu.Label>
        {media.cameras.map((d, i) => (
          <Menu.Item key={d.deviceId} aria-current={d.deviceId === media.camera.deviceId || undefined} disabled={media.switching} onClick={() => void media.useCamera(d.deviceId)}>
            {d.label || common('call.cameraNumber', { number: i + 1 })}
          </Menu.Item>
        ))}
        <Menu.Label>{common('call.microphone')}</Menu.Label>
        {media.microphones.map((d, i) => (
          <Menu.Item key={d.deviceId} aria-current={d.deviceId === media.microphone.deviceId || undefined} disabled={media.switching} onClick={() => void media.useMicrophone(d.deviceId)}>
            {d.label || common('call.microphoneNumber', { number: i + 1 })}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Recording({ on, failed }: { on: boolean; failed: boolean }) {
  const { t } = useTranslation('console');
  return (
    <span className={classes.chip} data-tone={failed ? 'negative' : undefined} role="status">
      <span className={classes.rec} data-on={on || undefined} aria-hidden="true" />
      {failed ? t('call.notRecorded') : on ? t('call.recording') : t('call.recordingWaits')}
    </span>
  );
}

function Timer({ call, startedAt }: { call: Call; startedAt: number | undefined }) {
  const { intl } = useLanguage();
  const now = useNow(500);
  const from = startedAt ?? (call.answered_at ? Date.parse(onOurClock(call.answered_at)) : now);
  return (
    <span className={`${classes.chip} vv-numbers`} role="timer" aria-live="off">
      {formatDuration(Math.max(0, Math.floor((now - from) / 1000) * 1000), intl)}
    </span>
  );
}

/** How both sides are connected: a word each, and the figures behind it. */
function Quality({ link, name }: { link: CallHandle; name: string }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  if (link.connection !== 'connected') return null;
  const sides = [
    { name, quality: link.quality.customer },
    { name: common('call.you'), quality: link.quality.agent },
  ];
  const poor = sides.some((s) => s.quality && levelOf(s.quality) === 'poor');
  return (
    <Popover shadow="md" position="bottom-start" withArrow trapFocus returnFocus>
      <Popover.Target>
        <button type="button" className={`${classes.chip} ${classes.quality}`} data-tone={poor ? 'warning' : undefined}>
          <span className="vv-heard">{t('call.qualityOf')}: </span>
          {sides.map((s) => (
            <QualityBars key={s.name} {...s} />
          ))}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div tabIndex={0} data-autofocus className={classes.figures} role="region" aria-label={t('call.qualityOf')}>
          <QualityTable sides={sides} />
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
