import { ActionIcon, Button, CloseButton, Indicator, Modal, Stack, Text } from '@mantine/core';
import { IconCamera, IconCameraOff, IconCameraRotate, IconMicrophone, IconMessage, IconMicrophoneOff, IconPhone, IconPhoneOff, IconScreenShare, IconScreenShareOff, IconUserCheck, IconWifiOff } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem } from '@/api';
import { CallVideo, Chat, DeviceProblemAlert, type LocalMediaHandle, useCall, useScreenShare, useUnread } from '@/shared/call';
import { CodeInput } from '@/shared/components/CodeInput';
import { useProblemText } from '@/shared/components/states';
import { PhoneOffer } from './ByPhone';
import { setEase, useEase } from './ease';
import { SharePanel } from './SharePanel';
import { StepPicture } from './StepPicture';
import { useVisit } from './session';
import { useAwake } from './useAwake';
import classes from './call.module.css';

/** How long a change of agent is said, milliseconds. */
const changedMs = 15_000;

/** The call: the agent's picture, what to do now in large letters, and four buttons. */
export function CallScreen({ media }: { media: LocalMediaHandle }) {
  const { t } = useTranslation('visit');
  const { t: common } = useTranslation();
  const { visit, refresh } = useVisit();
  const text = useProblemText();
  const id = visit.call!.id;
  const { lessData } = useEase();
  // In guidance the screen is shown, and the camera only when the customer likes.
  const guide = visit.scenario.kind === 'guide';
  const call = useCall({ callId: id, role: 'customer', media, lessData, socketPath: visit.call!.socket_url });
  const [asking, setAsking] = useState(false);
  const [hangingUp, setHangingUp] = useState(false);
  const [error, setError] = useState<unknown>();
  const [writing, setWriting] = useState(false);
  const share = useScreenShare(call);
  const [phoning, setPhoning] = useState(false);
  const unread = useUnread(call.lines, 'customer', writing);
  const heading = useRef<HTMLHeadingElement>(null);
  useAwake(true);

  // After a reload the devices are opened again without a question.
  const started = useRef(false);
  useEffect(() => {
    heading.current?.focus();
    if (started.current) return;
    started.current = true;
    void media.start(guide ? { only: 'microphone' } : {});
  }, [media, guide]);
  useEffect(() => {
    if (call.closedBy === 'ended' || call.closedBy === 'refused') void refresh();
  }, [call.closedBy, refresh]);

  const hangUp = async () => {
    setHangingUp(true);
    setError(undefined);
    try {
      await api.POST('/v1/calls/{call_id}/hangup', { params: { path: { call_id: id }, query: { as: 'customer' } } });
      setAsking(false);
      await refresh();
    } catch (e) {
      setError(e);
      if (Problem.from(e).status === 409) await refresh();
    } finally {
      setHangingUp(false);
    }
  };

  // Another agent leads the call: by whom one is spoken to is read anew, and said for a while.
  const { agentChanges } = call;
  const [changed, setChanged] = useState(false);
  useEffect(() => {
    if (agentChanges === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    void refresh().finally(() => {
      if (gone) return;
      setChanged(true);
      timer = setTimeout(() => setChanged(false), changedMs);
    });
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [agentChanges, refresh]);

  const agent = visit.call?.agent_name || t('call.agent');
  const { step, connection, level } = call;
  const showsDocument = step?.kind === 'document_front' || step?.kind === 'document_back';
  const lost = connection === 'reconnecting' || (call.socket === 'reconnecting' && connection !== 'connected');
  const own = call.quality.customer;
  // Little arrives of a picture that is on: it is being made smaller, and that is as it should be.
  const low = own !== undefined && media.camera.on && own.up_bitrate > 0 && own.up_bitrate < 300_000 && own.fps > 0 && Math.max(own.width, own.height) < 640;
  const banner =
    lost ? t('call.reconnecting')
    : connection === 'connected' && level === 'poor' ? t('call.poor')
    : connection === 'connected' && low && !lessData ? t('call.low')
    : '';
  const { camera, microphone } = media;
  const camOn = camera.on && (!guide || camera.track !== undefined);
  const toggleCamera = () => {
    if (guide && !camera.track) {
      media.setCameraOn(true);
      void media.start({ only: 'camera' });
    } else media.setCameraOn(!camera.on);
  };
  return (
    <main className={classes.call} data-screen="call" data-connection={connection} data-step={step?.kind}>
      <h1 ref={heading} tabIndex={-1} className="vv-heard">
        {t('call.title', { bank: visit.bank.name })}
      </h1>
      <div className={classes.video} data-wide={showsDocument || undefined} data-guide={(guide && !camera.track) || undefined}>
        <CallVideo call={call} media={media} role="customer" peerName={agent} agentVideo={visit.call?.agent_video} lessData={lessData} swap={showsDocument} screen={share.stream} />
        <div className={classes.top}>
          <div className={classes.banner} role="status" data-shown={banner !== '' || undefined}>
            {banner && <IconWifiOff size={20} aria-hidden="true" />}
            {banner}
          </div>
          {visit.call?.agent_video !== false && (lessData || (banner !== '' && !lost)) && (
            <Button variant="white" size="sm" className={classes.spare} onClick={() => setEase({ lessData: !lessData })}>
              {t(lessData ? 'call.showPicture' : 'call.lessData')}
            </Button>
          )}
          <div className={classes.banner} role="status" data-shown={changed || undefined}>
            {changed && <IconUserCheck size={20} aria-hidden="true" />}
            {changed && (visit.call?.agent_name ? common('call.agentChanged', { name: visit.call.agent_name }) : common('call.agentChangedNoName'))}
          </div>
          <PhoneOffer poor={banner !== ''} asking={phoning} onAsk={setPhoning} agent={agent} />
          <SharePanel call={call} media={media} share={share} agent={agent} />
          {share.stream && (
            <div className={classes.banner} data-shown role="status">
              <IconScreenShare size={20} aria-hidden="true" />
              {t('call.sharing')}
            </div>
          )}
          <div aria-live="assertive" aria-atomic="true">
            {step && (
              <div className={classes.step}>
                <StepPicture kind={step.kind} />
                <div>
                  <strong>{t(`step.${step.kind}.title`)}</strong>
                  <span>{showsDocument && camera.facing !== 'environment' ? t('step.frontCamera') : t(`step.${step.kind}.hint`)}</span>
                </div>
              </div>
            )}
          </div>
          {media.state === 'refused' && <DeviceProblemAlert device={guide ? 'microphone' : 'both'} problem={(guide ? undefined : camera.problem) ?? microphone.problem ?? 'unknown'} onRetry={() => void media.start(guide ? { only: 'microphone' } : {})} />}
          {media.state === 'live' && camera.problem && <DeviceProblemAlert device="camera" problem={camera.problem} onRetry={() => void media.start({ only: guide ? 'camera' : undefined })} />}
          {media.state === 'live' && microphone.problem && <DeviceProblemAlert device="microphone" problem={microphone.problem} onRetry={() => void media.start({ only: guide ? 'microphone' : undefined })} />}
        </div>
      </div>
      {call.codeAsked && !call.codePassed && <CodeSheet callId={id} phone={visit.customer.phone_masked} />}
      {writing && (
        <section className={classes.chatSheet} aria-label={common('call.chat.title')}>
          <div className={classes.chatHead}>
            <h2>{common('call.chat.title')}</h2>
            <CloseButton size="lg" aria-label={common('action.close')} onClick={() => setWriting(false)} />
          </div>
          <Chat call={call} callId={id} role="customer" peerName={agent} />
        </section>
      )}
      <div className={classes.bar} role="toolbar" aria-label={t('call.controls')}>
        <Control
          label={microphone.on ? t('call.mute') : t('call.unmute')}
          off={!microphone.on}
          onClick={() => media.setMicrophoneOn(!microphone.on)}
          icon={microphone.on ? <IconMicrophone size={26} aria-hidden="true" /> : <IconMicrophoneOff size={26} aria-hidden="true" />}
        />
        <Control
          label={camOn ? t('call.cameraOff') : t('call.cameraOn')}
          off={!camOn}
          onClick={toggleCamera}
          icon={camOn ? <IconCamera size={26} aria-hidden="true" /> : <IconCameraOff size={26} aria-hidden="true" />}
        />
        {media.canFlip && <Control label={t('call.flip')} disabled={media.switching} onClick={() => void media.flip()} icon={<IconCameraRotate size={26} aria-hidden="true" />} />}
        <Indicator label={unread} disabled={unread === 0} size={20} color="red" offset={8} position="top-center" className={classes.control}>
          <Control
            label={common('call.chat.title')}
            spoken={unread > 0 ? `${common('call.chat.title')}, ${common('call.chat.unread', { count: unread })}` : undefined}
            off={writing}
            expanded={writing}
            onClick={() => setWriting(!writing)}
            icon={<IconMessage size={26} aria-hidden="true" />}
          />
        </Indicator>
        {share.possible && (
          <Control
            label={share.stream ? t('call.shareStop') : t('call.share')}
            off={share.stream !== null}
            disabled={connection !== 'connected'}
            onClick={() => (share.stream ? share.stop() : void share.start())}
            icon={share.stream ? <IconScreenShareOff size={26} aria-hidden="true" /> : <IconScreenShare size={26} aria-hidden="true" />}
          />
        )}
        {visit.call?.telephone?.allowed && <Control label={t('byPhone.control')} spoken={t('byPhone.ask')} disabled={visit.call.telephone.state === 'asked'} onClick={() => setPhoning(true)} icon={<IconPhone size={26} aria-hidden="true" />} />}
        <span className="vv-heard" role="status">
          {unread > 0 ? `${common('call.chat.title')}, ${common('call.chat.unread', { count: unread })}` : ''}
        </span>
        <Control label={t('call.hangUp')} red onClick={() => setAsking(true)} icon={<IconPhoneOff size={26} aria-hidden="true" />} />
      </div>
      <Modal opened={asking} onClose={() => !hangingUp && setAsking(false)} title={<Text fw={620}>{t('call.hangUpTitle')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
        <Stack>
          <Text>{t('call.hangUpMessage')}</Text>
          {error !== undefined && <Text c="red" role="alert">{text(error)}</Text>}
          <Button variant="default" onClick={() => setAsking(false)} disabled={hangingUp} data-autofocus>
            {t('call.stay')}
          </Button>
          <Button color="red" onClick={() => void hangUp()} loading={hangingUp}>
            {t('call.hangUp')}
          </Button>
        </Stack>
      </Modal>
      <Modal opened={call.closedBy === 'replaced'} onClose={() => {}} withCloseButton={false} title={<Text fw={620}>{t('call.elsewhereTitle')}</Text>}>
        <Stack>
          <Text>{t('call.elsewhere')}</Text>
          <Button onClick={call.rejoin}>{t('call.here')}</Button>
        </Stack>
      </Modal>
    </main>
  );
}

interface ControlProps {
  label: string;
  icon: React.ReactNode;
  onClick: () => void;
  off?: boolean;
  red?: boolean;
  disabled?: boolean;
  /** What a screen reader says when it is more than the label. */
  spoken?: string;
  expanded?: boolean;
}

function Control({ label, icon, onClick, off, red, disabled, spoken, expanded }: ControlProps) {
  return (
    <div className={classes.control}>
      <ActionIcon className={classes.button} data-off={off || undefined} data-red={red || undefined} onClick={onClick} disabled={disabled} aria-label={spoken ?? label} aria-expanded={expanded} size={60} radius={30} variant="transparent">
        {icon}
      </ActionIcon>
      <span aria-hidden="true">{label}</span>
    </div>
  );
}

/** The code that the agent has sent: typed in here, in the call. */
function CodeSheet({ callId, phone }: { callId: string; phone: string }) {
  const { t } = useTranslation('visit');
  const problemText = useProblemText();
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const check = async (value: string) => {
    setBusy(true);
    setWrong(undefined);
    try {
      const result = await body(api.POST('/v1/calls/{call_id}/code/check', { params: { path: { call_id: callId } }, body: { code: value } }));
      if (!result.approved) {
        setCode('');
        setWrong(
          result.state === 'expired' ? t('call.codeExpired')
          : result.state !== 'pending' || result.attempts_left === 0 ? t('call.codeExhausted')
          : result.attempts_left === undefined ? t('code.notIt')
          : t('code.wrong', { count: result.attempts_left }),
        );
      }
    } catch (e) {
      setCode('');
      const { status } = Problem.from(e);
      setWrong(status === 410 ? t('call.codeExpired') : status === 429 ? t('call.codeExhausted') : problemText(e));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className={classes.sheet} aria-label={t('call.codeTitle')}>
      <h2>{t('call.codeTitle')}</h2>
      <p>
        {t('call.codeLead')} <bdi dir="ltr">{phone}</bdi>
      </p>
      <CodeInput value={code} onChange={setCode} onComplete={(value) => void check(value)} disabled={busy} error={wrong} autoFocus />
      <span role="status">{busy ? t('code.checking') : ''}</span>
    </section>
  );
}
