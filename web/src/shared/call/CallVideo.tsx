import { Button } from '@mantine/core';
import { IconMicrophoneOff, IconVideoOff, IconVolume } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './call.module.css';
import type { CallHandle, LocalMediaHandle } from './useCall';
import { MediaPreview } from './MediaPreview';

export interface CallVideoProps {
  call: CallHandle;
  media: LocalMediaHandle;
  /** The other side's name, for those who do not see the picture and while there is none. */
  peerName: string;
  /** cover fills the frame and cuts the edges; contain shows everything, as for documents. */
  fit?: 'cover' | 'contain';
  /** Oneself large and the other small: while one holds something before the camera. */
  swap?: boolean;
  /** Lies over the picture. */
  children?: ReactNode;
}

/** The other side large, oneself small; says in words what the picture cannot. */
export function CallVideo({ call, media, peerName, fit = 'cover', swap, children }: CallVideoProps) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const [silenced, setSilenced] = useState(false);
  const { remote, connection, peer } = call;
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

  const words =
    connection === 'reconnecting' ? t('call.reconnecting')
    : connection !== 'connected' ? t('call.connecting')
    : peer.state === 'expected' ? t('call.peerExpected', { name: peerName })
    : peer.state === 'away' ? t('call.peerAway', { name: peerName })
    : !peer.video ? t('call.peerCameraOff', { name: peerName })
    : '';
  return (
    <div className={classes.stage} dir="ltr" data-swap={swap || undefined}>
      <video ref={video} className={classes.remote} data-fit={fit} data-hidden={words !== '' || undefined} autoPlay playsInline aria-label={peerName} />
      <div className={classes.words} role="status" dir="auto">
        {words}
      </div>
      {peer.state === 'connected' && !peer.audio && connection === 'connected' && (
        <span className={classes.peerMuted} dir="auto">
          <IconMicrophoneOff size={16} aria-hidden="true" /> {t('call.peerMuted', { name: peerName })}
        </span>
      )}
      <div className={classes.self}>
        {media.camera.track && media.camera.on ? (
          <MediaPreview stream={media.stream} track={media.camera.track} mirrored={!swap && media.camera.facing !== 'environment'} label={t('call.you')} />
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
      {silenced && (
        <Button className={classes.hear} leftSection={<IconVolume size={20} aria-hidden="true" />} onClick={play} dir="auto">
          {t('call.hear')}
        </Button>
      )}
      {children}
    </div>
  );
}
