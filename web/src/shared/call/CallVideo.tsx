import { Button } from '@mantine/core';
import { IconAntennaBars2, IconEye, IconMicrophoneOff, IconUserCircle, IconVideoOff, IconVolume } from '@tabler/icons-react';
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './call.module.css';
import { Captions } from './Chat';
import { Pointing, type Tool } from './Pointing';
import type { CallHandle, LocalMediaHandle } from './useCall';
import { MediaPreview } from './MediaPreview';
import type { CallRole } from './CallLink';

export interface CallVideoProps {
  call: CallHandle;
  media: LocalMediaHandle;
  /** Which side this page is. */
  role: CallRole;
  /** The other side's name, for those who do not see the picture and while there is none. */
  peerName: string;
  /** false: the customer hears the agent and does not see them (settings.call.agent_video). */
  agentVideo?: boolean;
  /** Customer only: no picture comes, as the connection is to carry little. */
  lessData?: boolean;
  /** cover fills the frame and cuts the edges; contain shows everything, as for documents. */
  fit?: 'cover' | 'contain';
  /** Oneself large and the other small: while one holds something before the camera. */
  swap?: boolean;
  /** The customer's screen: the agent gets it, the customer sees what is given. It becomes the main picture. */
  screen?: MediaStream | null;
  /** Agent only: what the mouse does over the main picture. */
  tool?: Tool;
  /** Lies over the picture. */
  children?: ReactNode;
}

/** The other side large, oneself small; says in words what the picture cannot. */
export function CallVideo({ call, media, role, peerName, agentVideo = true, lessData, fit = 'cover', swap, screen, tool, children }: CallVideoProps) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const screenVideo = useRef<HTMLVideoElement>(null);
  const self = useRef<HTMLVideoElement>(null);
  const [silenced, setSilenced] = useState(false);
  const { remote, connection, peer, thirds, parties } = call;
  const play = () =>
    void video.current?.play?.()?.then(
      () => setSilenced(false),
      (error: unknown) => setSilenced(error instanceof DOMException && error.name === 'NotAllowedError'),
    );
  useEffect(() => {
    if (!video.current) return;
    video.current.srcObject = remote;
    if (remote) play();
  }, [remote]);
  useStream(screenVideo, screen ?? null);

  const voice = role === 'customer' && (!agentVideo || lessData);
  const words =
    connection === 'reconnecting' ? t('call.reconnecting')
    : connection !== 'connected' ? t('call.connecting')
    : peer.state === 'expected' ? t('call.peerExpected', { name: peerName })
    : peer.state === 'away' ? t(role === 'customer' ? 'call.agentAway' : 'call.peerAway', { name: peerName })
    : voice ? t(agentVideo ? 'call.lessData' : 'call.voiceOnly')
    : !peer.video ? t('call.peerCameraOff', { name: peerName })
    : '';
  const shared = { pointer: call.pointer, strokes: call.strokes };
  const pen = tool ? { tool, call } : undefined;
  const mirrored = !swap && media.camera.facing !== 'environment';
  return (
    <div className={classes.stage} dir="ltr" data-role={role} data-swap={(swap && !screen) || undefined} data-screen={screen ? true : undefined}>
      {screen && <video ref={screenVideo} className={classes.screen} autoPlay playsInline muted aria-label={t('call.screenOf', { name: role === 'agent' ? peerName : t('call.you') })} />}
      <video ref={video} className={classes.remote} data-fit={fit} data-hidden={words !== '' || undefined} autoPlay playsInline aria-label={peerName} />
      <div className={classes.words} data-voice={voice || undefined} role="status" dir="auto">
        {voice && (
          <>
            <IconUserCircle className={classes.face} size={72} stroke={1.2} aria-hidden="true" />
            <strong>{peerName}</strong>
          </>
        )}
        {words}
      </div>
      {peer.state === 'connected' && !peer.audio && connection === 'connected' && (
        <span className={classes.peerMuted} dir="auto">
          <IconMicrophoneOff size={16} aria-hidden="true" /> {t('call.peerMuted', { name: peerName })}
        </span>
      )}
      {role === 'agent' && agentVideo && call.savesData && peer.state === 'connected' && (
        <span className={classes.saves} dir="auto" role="status">
          <IconAntennaBars2 size={16} aria-hidden="true" /> {t('call.savesData')}
        </span>
      )}
      {(role === 'customer' || agentVideo) && (
        <div className={classes.self}>
          {media.camera.track && media.camera.on ? (
            <>
              <MediaPreview ref={self} stream={media.stream} track={media.camera.track} mirrored={mirrored} label={t('call.you')} />
              {/* What the agent points at on the customer's picture. */}
              {role === 'customer' && <Pointing video={self} fit={swap && !screen ? 'contain' : 'cover'} surface="camera" mirrored={mirrored} {...shared} />}
            </>
          ) : (
            <span className={classes.selfOff} role="img" aria-label={t('call.cameraOff')}>
              <IconVideoOff size={22} aria-hidden="true" />
            </span>
          )}
          {(!media.microphone.on || !media.microphone.track) && (
            <span className={classes.selfMuted} role="img" aria-label={t('call.microphoneOff')}>
              <IconMicrophoneOff size={14} aria-hidden="true" />
            </span>
          )}
        </div>
      )}
      {screen && <Pointing video={screenVideo} fit="contain" surface="screen" pen={pen} {...shared} />}
      {role === 'agent' && !screen && <Pointing video={video} fit={fit} surface="camera" pen={pen} {...shared} />}
      <Captions lines={call.lines} role={role} />
      {parties.length > 0 && (
        <div className={classes.parties} role="status" dir="auto">
          {parties.map((p) => (
            <span key={p.name}>
              <IconEye size={16} aria-hidden="true" /> {t(`call.third.${p.mode as 'watch'}`, { role: t(`call.thirdRole.${p.role as 'supervisor'}`, { defaultValue: p.role }), defaultValue: p.role })}
            </span>
          ))}
        </div>
      )}
      {thirds.map((stream, i) => (
        <Third key={stream.id ?? i} stream={stream} seen={parties.some((p) => p.mode === 'join')} />
      ))}
      {silenced && (
        <Button className={classes.hear} leftSection={<IconVolume size={20} aria-hidden="true" />} onClick={play} dir="auto">
          {t('call.hear')}
        </Button>
      )}
      {children}
    </div>
  );
}

function useStream(video: RefObject<HTMLVideoElement | null>, stream: MediaStream | null) {
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    element.srcObject = stream;
    if (stream) void element.play?.()?.catch(() => {});
  }, [video, stream]);
}

/** A third party's voice, and the picture as soon as there is one. */
function Third({ stream, seen }: { stream: MediaStream; seen: boolean }) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const [picture, setPicture] = useState(false);
  useStream(video, stream);
  return (
    <video
      ref={video}
      className={classes.third}
      data-seen={(seen && picture) || undefined}
      autoPlay
      playsInline
      aria-label={t('call.thirdPicture')}
      onResize={(e) => setPicture(e.currentTarget.videoWidth > 2)}
    />
  );
}
