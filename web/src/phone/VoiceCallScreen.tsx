import { Alert, Button, Switch } from '@mantine/core';
import { IconGridDots, IconPhone, IconPhoneOff, IconUser } from '@tabler/icons-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState, useProblemText } from '@/shared/components/states';
import { formatDuration, PhoneText, useNow } from '@/shared/components/text';
import { useLanguage } from '@/shared/i18n';
import { readStored, store } from './number';
import { SilentHint, useOverlayFocus, useRingtone } from './RingScreen';
import { simulator, type Utterance, type VoiceCall } from './simulator';
import { canSpeak, hush, keys, playKey, playRecording, speak } from './sound';
import classes from './ring.module.css';

/** Whether a call rings on this handset, as opposed to one that it made. */
export const comesIn = (call: VoiceCall) => call.direction !== 'inbound';
export const isOver = (call: VoiceCall) => call.ended_at !== null;
export const otherSide = (call: VoiceCall) => (comesIn(call) ? call.from : call.to);

const aloudKey = 'visavis.phone.aloud';

/** Reads aloud what the bank says from now on, while `on`. */
function useSpeech(call: VoiceCall, on: boolean) {
  const done = useRef(0);
  const { transcript } = call;
  useEffect(() => {
    const fresh = transcript.slice(done.current);
    done.current = transcript.length;
    for (const u of on ? fresh : []) {
      if (u.by !== 'gateway') continue;
      if (u.verb === 'say') speak(u.text, u.language);
      if (u.verb === 'play') playRecording(u.text);
    }
  }, [transcript, on]);
  const over = isOver(call);
  useEffect(() => {
    if (over || !on) hush();
  }, [over, on]);
  useEffect(() => hush, []);
}

function Line({ heard }: { heard: Utterance }) {
  const { t } = useTranslation('phone');
  if (heard.verb === 'say') {
    return (
      <li className={classes.said} dir="auto" lang={heard.language}>
        {heard.text}
      </li>
    );
  }
  if (heard.verb === 'digits') {
    return (
      <li className={classes.pressed}>
        {t('voice.pressed')} <bdi dir="ltr">{heard.text}</bdi>
      </li>
    );
  }
  const known = { play: t('voice.play'), pause: t('voice.pause'), dial: t('voice.dial'), redirect: '', hangup: t('voice.hungUp'), reject: t('voice.hungUp') } as Record<string, string>;
  const text = known[heard.verb] ?? heard.verb;
  return text ? <li className={classes.aside}>{text}</li> : null;
}

/** A voice call from its first ring to its end. Give it the call's id as key. */
export function VoiceCallScreen({ call, onClose }: { call: VoiceCall; onClose: () => void }) {
  const { t } = useTranslation('phone');
  const { intl } = useLanguage();
  const problemText = useProblemText();
  const now = useNow();
  const focus = useOverlayFocus<HTMLDivElement>();
  const over = isOver(call);
  const talking = call.status === 'in-progress';
  const rings = comesIn(call) && !over && !talking;
  const silent = useRingtone(rings);
  const [aloud, setAloud] = useState(() => readStored(aloudKey, true));
  const [pad, setPad] = useState(false);
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  useSpeech(call, aloud);

  const press = async (key: 'answer' | 'reject' | 'hangup') => {
    setBusy(true);
    setError(undefined);
    try {
      await simulator.press(call.id, key);
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };

  const line = useRef(Promise.resolve()); // keys arrive in the order in which they were pressed
  const dial = useCallback(
    (key: string) => {
      playKey(key);
      line.current = line.current.then(() => simulator.digits(call.id, key)).then(
        () => setError(undefined),
        (e) => setError(e),
      );
    },
    [call.id],
  );
  useEffect(() => {
    if (!talking) return;
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input, textarea, select, [contenteditable], [role=slider]')) return;
      if (keys.includes(event.key)) dial(event.key);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [talking, dial]);

  const log = useRef<HTMLOListElement>(null);
  const lines = call.transcript.length;
  useEffect(() => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
  }, [lines, pad]);

  const state = over
    ? t('voice.ended')
    : talking
      ? formatDuration(now - Date.parse(call.answered_at ?? call.created_at), intl)
      : rings
        ? t('voice.ringing')
        : t('voice.calling');

  return (
    <div className={classes.voice} role={rings ? 'alertdialog' : 'region'} aria-labelledby="voice-who" tabIndex={-1} ref={focus} data-call={call.id}>
      <div className={classes.voiceTop}>
        <span className={classes.voiceIcon} aria-hidden="true">
          <IconUser size={30} stroke={1.6} />
        </span>
        <h2 id="voice-who" className={classes.voiceWho}>
          <PhoneText value={otherSide(call)} />
        </h2>
        <p className={classes.voiceState} role={talking ? 'timer' : 'status'} aria-live={talking ? 'off' : 'polite'}>
          {state}
        </p>
        <SilentHint silent={silent} />
      </div>
      {error !== undefined && (
        <Alert color="red" role="alert" mx="md">
          {problemText(error)}
        </Alert>
      )}
      {call.error && (
        <Alert color="red" role="alert" mx="md" title={t('voice.twimlError', { code: call.error.code })}>
          <span dir="ltr" lang="en">
            {call.error.message}
          </span>
        </Alert>
      )}
      {!rings && (
        <ol className={classes.transcript} ref={log} aria-label={t('voice.transcript')} aria-live="polite" tabIndex={0}>
          {call.transcript.map((heard, i) => (
            <Line key={i} heard={heard} />
          ))}
          {lines === 0 && <li className={classes.aside}>{over ? t('voice.nothingSaid') : t('voice.quiet')}</li>}
          {call.gathering && (
            <li className={classes.awaits}>
              {t('voice.awaits')} <bdi dir="ltr">{call.gathering.digits || '…'}</bdi>
            </li>
          )}
        </ol>
      )}
      <div className={classes.voiceBottom}>
        {talking && canSpeak() && (
          <Switch
            label={t('voice.aloud')}
            checked={aloud}
            onChange={(event) => {
              setAloud(event.currentTarget.checked);
              store(aloudKey, event.currentTarget.checked);
            }}
            classNames={{ label: classes.onDark }}
          />
        )}
        {talking && (pad || call.gathering) && (
          <div className={`${classes.keypad} vv-ltr`} role="group" aria-label={t('voice.keypad')}>
            {keys.map((key) => (
              <button key={key} type="button" className={classes.key} onClick={() => dial(key)}>
                {key}
              </button>
            ))}
          </div>
        )}
        <div className={classes.ringActions}>
          {rings && (
            <button type="button" className={classes.round} data-tone="red" disabled={busy} onClick={() => void press('reject')}>
              <span className={classes.roundIcon}>
                <IconPhoneOff size={28} aria-hidden="true" />
              </span>
              {t('ring.decline')}
            </button>
          )}
          {rings && (
            <button type="button" className={classes.round} data-tone="green" disabled={busy || call.status !== 'ringing'} onClick={() => void press('answer')}>
              <span className={classes.roundIcon}>
                <IconPhone size={28} aria-hidden="true" />
              </span>
              {t('ring.answer')}
            </button>
          )}
          {talking && !call.gathering && (
            <button type="button" className={classes.round} data-tone="plain" aria-pressed={pad} onClick={() => setPad(!pad)}>
              <span className={classes.roundIcon}>
                <IconGridDots size={28} aria-hidden="true" />
              </span>
              {t('voice.keypad')}
            </button>
          )}
          {!rings && !over && (
            <button type="button" className={classes.round} data-tone="red" disabled={busy} onClick={() => void press('hangup')}>
              <span className={classes.roundIcon}>
                <IconPhoneOff size={28} aria-hidden="true" />
              </span>
              {t('voice.hangUp')}
            </button>
          )}
        </div>
        {over && (
          <Button variant="white" color="dark" fullWidth size="md" onClick={onClose}>
            {t('voice.close')}
          </Button>
        )}
      </div>
    </div>
  );
}

/** For the list of calls when there is none. */
export function NoCalls() {
  const { t } = useTranslation('phone');
  return (
    <EmptyState title={t('calls.none')} icon={<IconPhone size={24} stroke={1.6} />}>
      {t('calls.noneText')}
    </EmptyState>
  );
}
