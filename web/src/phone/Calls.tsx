import { Alert, Button } from '@mantine/core';
import { IconPhone, IconPhoneIncoming, IconPhoneOutgoing, IconPhoneX, IconVideo, IconVideoOff } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api';
import { useProblemText } from '@/shared/components/states';
import { PhoneText, TimeText } from '@/shared/components/text';
import type { Ring, RingFate } from './ringing';
import { simulator, type VoiceCall } from './simulator';
import { comesIn, NoCalls, otherSide } from './VoiceCallScreen';
import classes from './apps.module.css';

/** What the states of a voice call mean to the person who holds the phone. */
function useVoiceFate(): (call: VoiceCall) => string {
  const { t } = useTranslation('phone');
  return (call) => {
    if (!call.ended_at) return t('calls.now');
    switch (call.status) {
      case 'completed': return t('calls.talked');
      case 'busy': return comesIn(call) ? t('fate.declined') : t('calls.busy');
      case 'no-answer': return comesIn(call) ? t('fate.missedVoice') : t('calls.gaveUp');
      case 'canceled': return t('fate.stopped');
      default: return t('calls.failed');
    }
  };
}

export interface CallsProps {
  number: string;
  calls: readonly VoiceCall[];
  rings: readonly { ring: Ring; fate: RingFate }[];
}

/** The list of calls, by voice and video, and a button to call the bank. */
export function Calls({ number, calls, rings }: CallsProps) {
  const { t } = useTranslation('phone');
  const problemText = useProblemText();
  const fateOf = useVoiceFate();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const dial = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await simulator.dial(number);
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };
  const fates = { ringing: t('calls.now'), answered: t('fate.answered'), declined: t('fate.declined'), missed: t('fate.missed'), stopped: t('fate.stopped') };
  const rows = [
    ...calls.map((call) => ({
      id: call.id, at: Date.parse(call.created_at), who: <PhoneText value={otherSide(call)} />, text: fateOf(call),
      icon: !comesIn(call) ? <IconPhoneOutgoing size={20} /> : call.answered_at ? <IconPhoneIncoming size={20} /> : <IconPhoneX size={20} />,
    })),
    ...rings.map(({ ring, fate }) => ({
      id: ring.callId, at: ring.receivedAt, who: <span dir="auto">{ring.bank || t('ring.unknownBank')}</span>, text: fates[fate],
      icon: fate === 'answered' || fate === 'ringing' ? <IconVideo size={20} /> : <IconVideoOff size={20} />,
    })),
  ].sort((a, b) => b.at - a.at);
  return (
    <div className={classes.app}>
      <h2 className={classes.appTitle}>{t('nav.calls')}</h2>
      <div className={classes.appPad}>
        <Button fullWidth size="md" h={44} leftSection={<IconPhone size={18} aria-hidden="true" />} onClick={() => void dial()} loading={busy}>
          {t('calls.dial')}
        </Button>
        {error !== undefined && (
          <Alert color="red" role="alert" mt="sm">
            {Problem.from(error).status === 409 ? t('calls.notTaken') : problemText(error)}
          </Alert>
        )}
      </div>
      {rows.length === 0 ? (
        <NoCalls />
      ) : (
        <ul className={classes.list}>
          {rows.map((row) => (
            <li key={row.id} className={classes.row}>
              <span className={classes.rowIcon} aria-hidden="true">
                {row.icon}
              </span>
              <span className={classes.rowMain}>
                <span className={classes.rowName}>{row.who}</span>
                <span className={classes.rowText}>{row.text}</span>
              </span>
              <span className={classes.rowSide}>
                <TimeText value={new Date(row.at)} format="time" />
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
