import { Button, Text } from '@mantine/core';
import { IconPhone, IconPhoneOff } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, Problem } from '@/api';
import { startRinging, unlockSound } from '@/shared/call';
import { useProblemText } from '@/shared/components/states';
import { Countdown } from '@/shared/components/text';
import { takeAnswer, useVisit } from './session';
import { useAwake } from './useAwake';
import classes from './call.module.css';

/** The agent calls: full screen, with sound and vibration, until it is answered here or elsewhere. */
export function Ring({ sound, onAccept }: { sound: boolean; /** Before the answer is known: it may be told by the feed first. undefined takes it back. */ onAccept: (call: string | undefined) => void }) {
  const { t } = useTranslation('visit');
  const { visit, refresh } = useVisit();
  const text = useProblemText();
  const [answered] = useState(takeAnswer); // already, in the app that opened this page
  const [busy, setBusy] = useState<'answer' | 'decline' | undefined>(answered ? 'answer' : undefined);
  const [error, setError] = useState<unknown>();
  const heading = useRef<HTMLHeadingElement>(null);
  const call = visit.call;
  const id = call?.id;
  useAwake(true);
  useEffect(() => heading.current?.focus(), []);

  useEffect(() => {
    if (!id) return;
    // The agent is told that it rings; one who is not told hears it by the SMS.
    api.POST('/v1/calls/{call_id}/ringing', { params: { path: { call_id: id } }, body: {} }).catch((e: unknown) => {
      if ([409, 410].includes(Problem.from(e).status)) void refresh();
    });
  }, [id, refresh]);

  useEffect(() => {
    if (busy) return;
    return startRinging();
  }, [busy, sound]);

  const title = t('ring.title', { bank: visit.bank.name });
  useEffect(() => {
    let on = false;
    const before = document.title;
    const blink = setInterval(() => {
      on = !on;
      document.title = on ? `☎ ${title}` : visit.bank.name;
    }, 1000);
    document.title = `☎ ${title}`;
    return () => {
      clearInterval(blink);
      document.title = before;
    };
  }, [title, visit.bank.name]);

  const act = async (deed: 'answer' | 'decline') => {
    if (!id) return;
    setBusy(deed);
    setError(undefined);
    if (deed === 'answer') {
      void unlockSound();
      onAccept(id);
    }
    try {
      const params = { path: { call_id: id } };
      if (deed === 'answer') await api.POST('/v1/calls/{call_id}/answer', { params, body: {} });
      else await api.POST('/v1/calls/{call_id}/decline', { params });
      await refresh();
    } catch (e) {
      setError(e);
      if (deed === 'answer') onAccept(undefined);
      await refresh();
    } finally {
      setBusy(undefined);
    }
  };
  const acted = useRef(false);
  useEffect(() => {
    if (!answered || acted.current) return; // effects run twice in development
    acted.current = true;
    void act('answer');
  });
  if (!id) return null;
  const elsewhere = error !== undefined && Problem.from(error).code === 'answered_elsewhere';
  return (
    <main className={classes.ring} data-screen="ringing">
      <div className={classes.ringWho}>
        <div className={classes.pulse} aria-hidden="true">
          {visit.bank.name.trim().slice(0, 1)}
        </div>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        <p>{call.agent_name ? t(visit.scenario.kind === 'guide' ? 'service.ring' : 'ring.agent', { name: call.agent_name }) : visit.scenario.name}</p>
        {call.ring_expires_at && (
          <Text size="sm">
            {t('ring.until')} <Countdown to={call.ring_expires_at} onEnd={() => void refresh()} />
          </Text>
        )}
        {!sound && <Text size="sm">{t('ring.silent')}</Text>}
        <div role="alert">{error !== undefined && (elsewhere ? t('ring.elsewhere') : text(error))}</div>
      </div>
      <div className={classes.ringButtons}>
        <Button color="red" size="xl" leftSection={<IconPhoneOff size={26} aria-hidden="true" />} onClick={() => void act('decline')} loading={busy === 'decline'} disabled={busy === 'answer'}>
          {t('ring.decline')}
        </Button>
        <Button color="teal.9" size="xl" leftSection={<IconPhone size={26} aria-hidden="true" />} onClick={() => void act('answer')} loading={busy === 'answer'} disabled={busy === 'decline'}>
          {t('ring.accept')}
        </Button>
      </div>
    </main>
  );
}
