import { Alert, Button } from '@mantine/core';
import { IconPhoneOff, IconVideo, IconVolumeOff } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api';
import { soundUnlocked, startRinging, unlockSound } from '@/shared/call/sound';
import { useProblemText } from '@/shared/components/states';
import { formatDuration, useNow } from '@/shared/components/text';
import { useLanguage } from '@/shared/i18n';
import { decline, reportRinging } from './gateway';
import { answerLink, type Ring } from './ringing';
import classes from './ring.module.css';

/** Rings, aloud where the browser lets it, while `active`. */
export function useRingtone(active: boolean): boolean {
  const [silent, setSilent] = useState(false);
  useEffect(() => {
    if (!active) return;
    const stop = startRinging();
    const look = setInterval(() => setSilent(!soundUnlocked()), 500);
    return () => {
      stop();
      clearInterval(look);
      setSilent(false);
    };
  }, [active]);
  return silent;
}

/** Says that sound waits for a touch, which is the browser's rule. */
export function SilentHint({ silent }: { silent: boolean }) {
  const { t } = useTranslation('phone');
  if (!silent) return null;
  return (
    <Button size="xs" variant="white" color="dark" leftSection={<IconVolumeOff size={16} aria-hidden="true" />} onClick={() => void unlockSound()}>
      {t('sound.turnOn')}
    </Button>
  );
}

/** Takes the focus when it appears, unless somebody types in the panel beside. */
export function useOverlayFocus<E extends HTMLElement>() {
  const ref = useRef<E>(null);
  useEffect(() => {
    const active = document.activeElement;
    if (!active || active === document.body || active.closest('[data-handset]')) ref.current?.focus();
  }, []);
  return ref;
}

export interface RingScreenProps {
  ring: Ring;
  /** The id of this handset's device, if known. */
  device: string | undefined;
  /** The server's clock minus the browser's. */
  skew: number;
  onHandled: (fate: 'answered' | 'declined') => void;
}

/** The incoming identification call, full-screen. Give it the call's id as key. */
export function RingScreen({ ring, device, skew, onHandled }: RingScreenProps) {
  const { t } = useTranslation('phone');
  const { intl } = useLanguage();
  const problemText = useProblemText();
  const now = useNow(250) + skew;
  const silent = useRingtone(true);
  const focus = useOverlayFocus<HTMLDivElement>();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<unknown>();
  const [ack, setAck] = useState<'waiting' | 'told' | Problem>('waiting');

  const told = useRef(false);
  useEffect(() => {
    if (told.current) return; // effects run twice in development
    told.current = true;
    reportRinging(ring, device).then(
      () => setAck('told'),
      (error) => setAck(Problem.from(error)),
    );
  }, [ring, device]);

  const bank = ring.bank || t('ring.unknownBank');
  useEffect(() => {
    const before = document.title;
    document.title = t('ring.title', { bank });
    return () => {
      document.title = before;
    };
  }, [bank, t]);

  const onDecline = async () => {
    setBusy(true);
    setFailed(undefined);
    try {
      await decline(ring);
      onHandled('declined');
    } catch (error) {
      setFailed(error);
      setBusy(false);
    }
  };

  return (
    <div className={classes.ring} role="alertdialog" aria-labelledby="ring-bank" aria-describedby="ring-what" tabIndex={-1} ref={focus} data-ring={ring.callId}>
      <div className={classes.ringTop}>
        <div className={classes.avatar} aria-hidden="true">
          <span className={classes.pulse} />
          <span className={classes.pulse} />
          <span className={classes.initial}>{[...bank][0]?.toUpperCase()}</span>
        </div>
        <h2 id="ring-bank" className={classes.ringBank} dir="auto">
          {bank}
        </h2>
        <p id="ring-what" className={classes.ringWhat}>
          {t('ring.what')}
        </p>
        <p className={classes.ringLeft}>
          {t('ring.left')}{' '}
          <span role="timer" aria-live="off" className="vv-ltr vv-numbers">
            {formatDuration(ring.expiresAt - now, intl)}
          </span>
        </p>
        <SilentHint silent={silent} />
      </div>
      <div className={classes.ringBottom}>
        {failed !== undefined && (
          <Alert color="red" role="alert" className={classes.ringAlert}>
            {t('ring.declineFailed')} {problemText(failed)}
          </Alert>
        )}
        <div className={classes.ringActions}>
          <button type="button" className={classes.round} data-tone="red" onClick={() => void onDecline()} disabled={busy} data-action="decline">
            <span className={classes.roundIcon}>
              <IconPhoneOff size={30} aria-hidden="true" />
            </span>
            {t('ring.decline')}
          </button>
          {/* A link, so that no browser takes the new tab for an unasked pop-up. */}
          <a className={classes.round} data-tone="green" href={answerLink(ring.link)} target="_blank" rel="noopener" onClick={() => onHandled('answered')} data-action="answer">
            <span className={classes.roundIcon}>
              <IconVideo size={30} aria-hidden="true" />
            </span>
            {t('ring.answer')}
          </a>
        </div>
        <p className={classes.ack} role="status">
          {ack === 'waiting' ? '\u00a0' : ack === 'told' ? t('ring.acknowledged') : t('ring.notAcknowledged', { reason: problemText(ack) })}
        </p>
      </div>
    </div>
  );
}
