import { ActionIcon, Alert, Button, Group, Stack, Text, Tooltip } from '@mantine/core';
import { IconDoorExit, IconMicrophone, IconMicrophoneOff, IconVideo, IconVideoOff, IconVolume } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { api, body, Problem } from '@/api';
import { ErrorState, LoadingState } from '@/shared';
import { type CallHandle, DeviceProblemAlert, type LocalMediaHandle, useCall, useLocalMedia } from '@/shared/call';
import type { Call } from '../call/CallPage';
import call_ from '../call/call.module.css';
import { useSay, useShortcut } from '../parts/parts';
import { useMay } from '../session/roles';
import { useMe } from '../session/session';
import { HandOverNote } from '../transfer/HandOverNote';
import { GuestPanel } from './GuestPanel';
import { ModePicker } from './ModePicker';
import { type Guest, type GuestMode, useEndGuest, useSupervise } from './party';
import { TakeOver } from './TakeOver';
import { Tile } from './Tile';
import pane from '../parts/pane.module.css';
import classes from './supervise.module.css';

/** A call that a colleague leads, for who watches it or was asked in. Nothing is sent by who only watches. */
export function GuestCall({ call, seat, name }: { call: Call; seat: Guest; name: string }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const media = useLocalMedia();
  const link = useCall({ callId: call.id, role: 'agent', guest: true, media, socketPath: call.socket_url });
  const identification = useQuery({
    queryKey: ['identifications', call.identification_id],
    queryFn: () => body(api.GET('/v1/identifications/{identification_id}', { params: { path: { identification_id: call.identification_id } } })),
  });
  const speaks = seat.mode !== 'watch';
  const { start, stop } = media;
  useEffect(() => {
    // Whoever only watches has neither microphone nor camera open.
    if (speaks) void start({ only: 'microphone' });
    else stop();
  }, [speaks, start, stop]);
  const { closedBy, callState } = link;
  useEffect(() => {
    // Handed over to us, sent away, over: the call and its party say which.
    if (closedBy || callState) void client.invalidateQueries({ queryKey: ['calls', call.id] });
    if (closedBy === 'unseated') void client.invalidateQueries({ queryKey: ['presence'] });
  }, [client, call.id, closedBy, callState]);
  return (
    <div className={call_.page}>
      <div className={`${call_.stage} ${classes.stage}`}>
        <Stage call={call} seat={seat} link={link} media={media} name={name} />
      </div>
      <aside className={call_.panel} aria-label={t('call.panel')}>
        {identification.data ? <GuestPanel call={call} link={link} identification={identification.data} />
          : identification.error ? <ErrorState error={identification.error} onRetry={() => void identification.refetch()} withDetail />
          : <LoadingState />}
      </aside>
    </div>
  );
}

function Stage({ call, seat, link, media, name }: { call: Call; seat: Guest; link: CallHandle; media: LocalMediaHandle; name: string }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const me = useMe();
  const may = useMay();
  const navigate = useNavigate();
  const say = useSay();
  const supervise = useSupervise(call.id);
  const leave = useEndGuest(call.id);
  const [silenced, setSilenced] = useState(false);
  const [again, setAgain] = useState(0);
  const supervisor = seat.role === 'supervisor';
  const agentName = call.agent_name || t('word.agent');
  const { microphone, camera } = media;
  const micOn = microphone.on && microphone.track !== undefined;
  const camOn = camera.on && camera.track !== undefined;
  const speaks = seat.mode !== 'watch';
  // Where the agent is not seen only an interpreter is, who may be one of sign language.
  const shown = call.agent_video || seat.role === 'interpreter';
  const toggleMic = () => (microphone.track ? media.setMicrophoneOn(!microphone.on) : void media.start({ only: 'microphone' }));
  const toggleCam = () => (camera.track ? media.setCameraOn(!camera.on) : void media.start({ only: 'camera' }));
  useShortcut('Alt+KeyM', speaks ? toggleMic : undefined);
  const change = (mode: GuestMode) => supervise.mutate(mode, { onError: (error) => (Problem.from(error).code === 'agent_in_call' ? say.done(t('supervise.inCall')) : say.failed(error)) });
  const go = () =>
    leave.mutate(me.agent.id, {
      onSuccess: () => void navigate(may('seeWallboard') ? '/wallboard' : '/agenda'),
      onError: say.failed,
    });

  const lost = link.connection === 'reconnecting' ? common('call.reconnecting') : link.connection !== 'connected' ? common('call.connecting') : '';
  const wordsOf = (side: CallHandle['peer'], who: string, seen = true) =>
    lost ? lost
    : side.state === 'expected' ? common('call.peerExpected', { name: who })
    : side.state === 'away' ? common('call.peerAway', { name: who })
    : !seen ? common('call.voiceOnly')
    : !side.video ? common('call.peerCameraOff', { name: who })
    : '';
  // Who only watches or whispers is not seen by a guest.
  const others = link.parties.filter((p) => p.role !== seat.role && p.mode === 'join');
  const quiet = link.parties.filter((p) => p.role !== seat.role && p.mode !== 'join');
  const told = supervisor
    ? seat.hidden ? t('supervise.hidden') : t('supervise.customerSees', { text: common(`call.third.${seat.mode}`, { role: common('call.thirdRole.supervisor') }) })
    : t('supervise.customerSees', { text: common('call.third.join', { role: common(`call.thirdRole.${seat.role}`) }) });

  return (
    <>
      <div className={classes.how}>
        {link.closedBy === 'replaced' && (
          <Alert color="yellow" role="alert" mb="sm">
            <Group justify="space-between">
              {t('call.replaced')}
              <Button size="xs" onClick={link.rejoin}>{t('call.takeBack')}</Button>
            </Group>
          </Alert>
        )}
        {supervisor ? (
          <ModePicker mode={seat.mode} onChange={change} busy={supervise.isPending} told={told} />
        ) : (
          <Stack gap={4}>
            <Text fw={620}>{t(`supervise.as.${seat.role as 'helper'}`, { name: agentName })}</Text>
            <Text size="sm" role="status">{told}</Text>
          </Stack>
        )}
        {quiet.map((p) => (
          <Text key={p.name} size="sm" c="dimmed">{common(`call.third.${p.mode as 'watch'}`, { role: common(`call.thirdRole.${p.role as 'supervisor'}`) })}</Text>
        ))}
        <HandOverNote call={call} />
      </div>
      {speaks && microphone.problem && <DeviceProblemAlert device="microphone" problem={microphone.problem} onRetry={() => void media.start({ only: 'microphone' })} />}
      {speaks && camera.problem && <DeviceProblemAlert device="camera" problem={camera.problem} onRetry={() => void media.start({ only: 'camera' })} />}
      <div className={classes.tiles} dir="ltr">
        <Tile stream={link.remote} name={name} words={wordsOf(link.peer, name)} muted={!link.peer.audio} mutedLabel={common('call.peerMuted', { name })} onSilenced={setSilenced} again={again} />
        <Tile stream={link.thirds[0] ?? null} name={agentName} words={wordsOf(link.agent, agentName, call.agent_video)} muted={!link.agent.audio} mutedLabel={common('call.peerMuted', { name: agentName })} again={again} />
        {others.map((p, i) => (
          <Tile key={p.name} stream={link.thirds[i + 1] ?? null} name={common(`call.thirdRole.${p.role as 'helper'}`, { defaultValue: p.role })} again={again} />
        ))}
        {camOn && <Tile self stream={media.stream} name={common('call.you')} />}
      </div>
      <div className={pane.controls} role="toolbar" aria-label={t('call.controls')}>
        {silenced && (
          <Button leftSection={<IconVolume size={20} aria-hidden="true" />} onClick={() => setAgain((n) => n + 1)}>{common('call.hear')}</Button>
        )}
        {speaks ? (
          <Tooltip label={`${micOn ? t('call.mute') : t('call.unmute')} (Alt+M)`}>
            <ActionIcon size={46} radius="xl" variant={micOn ? 'default' : 'light'} color={micOn ? 'gray' : 'red'} onClick={toggleMic} aria-label={micOn ? t('call.mute') : t('call.unmute')} aria-keyshortcuts="Alt+M">
              {micOn ? <IconMicrophone size={22} /> : <IconMicrophoneOff size={22} />}
            </ActionIcon>
          </Tooltip>
        ) : (
          <Text size="sm" c="dimmed">{t('supervise.micOff')}</Text>
        )}
        {!shown && <Text size="sm" c="dimmed">{t('call.notSeen')}</Text>}
        {shown && seat.mode === 'join' && (
          <Tooltip label={camOn ? t('call.cameraOff') : t('call.cameraOn')}>
            <ActionIcon size={46} radius="xl" variant={camOn ? 'default' : 'light'} color={camOn ? 'gray' : 'red'} onClick={toggleCam} aria-label={camOn ? t('call.cameraOff') : t('call.cameraOn')}>
              {camOn ? <IconVideo size={22} /> : <IconVideoOff size={22} />}
            </ActionIcon>
          </Tooltip>
        )}
        {supervisor && <TakeOver callId={call.id} agentName={agentName} />}
        <Button variant="default" leftSection={<IconDoorExit size={18} aria-hidden="true" />} onClick={go} loading={leave.isPending}>{t('supervise.leave')}</Button>
      </div>
    </>
  );
}
