import { Button, List, Stack, Text } from '@mantine/core';
import { IconCalendarCheck, IconDeviceMobileMessage, IconFileCheck, IconId, IconMoodSmile, IconPhoneCall, IconScreenShare, IconVideo } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { CodeInput } from '@/shared/components/CodeInput';
import { ConfirmButton } from '@/shared/components/ConfirmButton';
import { Countdown, PhoneText } from '@/shared/components/text';
import { TalkToPerson } from './help';
import { Failure, Screen } from './Screen';
import { tab, useVisit } from './session';
import classes from './visit.module.css';

export type CodeState = Pick<Schema<'CodeState'>, 'next_send_at' | 'expires_at' | 'way' | 'ways' | 'restricted'> & { attempts_left?: number };

/** Who asks, what for and what will happen. */
export function Welcome({ onBegin }: { onBegin: () => void }) {
  const { t } = useTranslation('visit');
  const { visit } = useVisit();
  const { kind, recorded } = visit.scenario;
  const steps = [
    { icon: IconDeviceMobileMessage, text: t('welcome.code') },
    { icon: IconFileCheck, text: t('welcome.answers') },
    { icon: IconCalendarCheck, text: t('welcome.time') },
    { icon: kind === 'guide' ? IconScreenShare : IconVideo, text: kind === 'identify' ? t('welcome.call') : t(`service.welcome.${kind}`) },
  ];
  return (
    <Screen name="welcome" title={visit.scenario.name} lead={visit.scenario.description} footer={<Button onClick={onBegin}>{t('welcome.begin')}</Button>}>
      <List listStyleType="none" spacing="md" classNames={{ root: classes.steps }}>
        {steps.map(({ icon: Icon, text }) => (
          <List.Item key={text} icon={<Icon size={26} stroke={1.6} aria-hidden="true" />}>
            {text}
          </List.Item>
        ))}
      </List>
      <div className={classes.have}>
        <Text fw={600}>{t('welcome.have')}</Text>
        {kind === 'identify' && (
          <span className={classes.haveItem}>
            <IconId size={22} stroke={1.6} aria-hidden="true" /> {t('welcome.haveDocument')}
          </span>
        )}
        <span className={classes.haveItem}>
          <IconMoodSmile size={22} stroke={1.6} aria-hidden="true" /> {kind === 'guide' ? t('service.welcome.quiet') : t('welcome.havePlace')}
        </span>
      </div>
      {kind !== 'identify' && <Text c="dimmed">{recorded ? t('service.welcome.recorded') : t('service.welcome.unrecorded')}</Text>}
      <TalkToPerson bank={visit.bank.name} />
    </Screen>
  );
}

export interface CodeFormProps {
  /** What is known of the code that was sent; undefined = none was. */
  sent: CodeState | undefined;
  onSend: () => Promise<unknown>;
  /** Has the code called out instead; absent where that cannot be. */
  onCall?: () => Promise<unknown>;
  /** The person says that it was somebody else who asked; absent where that cannot be told. */
  onDeny?: () => Promise<unknown>;
  /** Gives the outcome of a check. */
  onCheck: (code: string) => Promise<Schema<'CheckResult'>>;
}

/** A code by SMS or call: typed in, sent again after a pause by either way, with the attempts that are left. */
export function CodeForm({ sent, onSend, onCall, onDeny, onCheck }: CodeFormProps) {
  const { t } = useTranslation('visit');
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [resent, setResent] = useState<'again' | 'called'>();
  const [maySend, setMaySend] = useState(false);
  const wait = sent && new Date(sent.next_send_at).getTime() > Date.now();
  useEffect(() => setMaySend(!wait), [wait, sent]);

  const check = async (value: string) => {
    setBusy(true);
    setError(undefined);
    setWrong(undefined);
    try {
      const result = await onCheck(value);
      if (result.approved) return;
      setCode('');
      setWrong(
        result.state === 'expired' ? t('code.expired')
        : result.state === 'denied' || result.state === 'cancelled' ? t('code.refused')
        : result.state !== 'pending' || result.attempts_left === 0 ? t('code.exhausted')
        : result.attempts_left === undefined ? t('code.notIt') // a recovery does not tell
        : t('code.wrong', { count: result.attempts_left }),
      );
      if (result.state !== 'pending') setMaySend(true);
    } catch (e) {
      setCode('');
      const problem = Problem.from(e);
      if (problem.status === 410) setWrong(t('code.expired'));
      else setError(e);
    } finally {
      setBusy(false);
    }
  };
  const send = async (by: 'again' | 'called') => {
    setBusy(true);
    setError(undefined);
    setWrong(undefined);
    setResent(undefined);
    try {
      await (by === 'called' ? onCall!() : onSend());
      setResent(sent === undefined ? undefined : by);
    } catch (e) {
      setError(e);
    } finally {
      setBusy(false);
    }
  };
  const problem = error === undefined ? undefined : Problem.from(error);
  const mayCall = sent?.ways?.some((w) => w.way === 'voice') ?? false;
  const blocked = problem?.status === 429;
  return (
    <Stack>
      <CodeInput value={code} onChange={setCode} onComplete={(value) => void check(value)} disabled={busy} error={wrong} label={t('code.label')} />
      <Text role="status" size="sm" c="dimmed">
        {busy ? t('code.checking') : resent === 'called' ? t('code.called') : resent ? t('code.resent') : ''}
      </Text>
      <Failure error={blocked ? undefined : error}>
        {blocked && (problem.retry_after ? t('code.waitMinutes', { count: Math.max(1, Math.ceil(problem.retry_after / 60)) }) : t('code.exhausted'))}
      </Failure>
      {maySend ? (
        <>
          <Button variant="default" onClick={() => void send('again')} loading={busy}>
            {!sent ? t('code.send') : sent.way === 'voice' && onCall ? t('code.bySMS') : t('code.again')}
          </Button>
          {onCall && mayCall && (
            <Button variant="default" leftSection={<IconPhoneCall size={20} aria-hidden="true" />} onClick={() => void send('called')} loading={busy}>
              {t('code.voice')}
            </Button>
          )}
        </>
      ) : (
        sent && (
          <Text c="dimmed">
            {t('code.againIn')} <Countdown key={sent.next_send_at} to={sent.next_send_at} onEnd={() => setMaySend(true)} />
          </Text>
        )
      )}
      {sent?.restricted && <Text size="sm" c="dimmed">{t('code.restricted')}</Text>}
      {sent && onDeny && (
        <ConfirmButton variant="subtle" color="gray" title={t('code.notMeTitle')} message={t('code.notMeText')} confirmLabel={t('code.notMeConfirm')} onConfirm={onDeny}>
          {t('code.notMe')}
        </ConfirmButton>
      )}
    </Stack>
  );
}

const storedKey = 'code';

/** The code that this tab asked for, if it is still good. */
function stored(identification: string): CodeState | undefined {
  try {
    const value = JSON.parse(tab.get(storedKey) ?? 'null') as (CodeState & { of: string }) | null;
    return value && value.of === identification && Date.parse(value.expires_at) > Date.now() ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Proves that the phone number is the customer's own. */
export function Prove() {
  const { t } = useTranslation('visit');
  const { visit, setVisit } = useVisit();
  const [sent, setSent] = useState(() => stored(visit.identification.id));
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [denied, setDenied] = useState(false);
  const send = async (way?: 'sms' | 'voice') => {
    const state = await body(api.POST('/v1/visit/code', way ? { body: { way } } : {}));
    setDenied(false);
    tab.set(storedKey, JSON.stringify({ ...state, of: visit.identification.id }));
    setSent(state);
  };
  const first = () => {
    setBusy(true);
    setError(undefined);
    send().catch(setError).finally(() => setBusy(false));
  };
  const phone = <PhoneText value={visit.customer.phone_masked} />;
  if (!sent) {
    const late = Problem.from(error).status === 429;
    return (
      <Screen
        key="send"
        name="prove"
        title={t('prove.title')}
        lead={<>{t('prove.willSend')} {phone}</>}
        footer={<Button onClick={first} loading={busy}>{t('code.send')}</Button>}
      >
        {denied ? <Text role="status" tabIndex={-1}>{t('code.denied')}</Text> : <Text>{t('prove.why')}</Text>}
        <Failure error={error}>{error !== undefined && late && t('code.waitMinutes', { count: Math.max(1, Math.ceil((Problem.from(error).retry_after ?? 60) / 60)) })}</Failure>
        <TalkToPerson bank={visit.bank.name} />
      </Screen>
    );
  }
  return (
    <Screen key="type" name="prove" title={t('prove.title')} lead={<>{t(sent.way === 'voice' ? 'prove.calledTo' : 'prove.sentTo')} {phone}</>}>
      <CodeForm
        sent={sent}
        onSend={() => send(sent.way === 'voice' ? 'sms' : undefined)}
        onCall={() => send('voice')}
        onDeny={async () => {
          await api.POST('/v1/visit/code/deny', {});
          tab.set(storedKey, undefined);
          setDenied(true);
          setSent(undefined);
        }}
        onCheck={async (code) => {
          const { result, visit: next } = await body(api.POST('/v1/visit/code/check', { body: { code } }));
          if (next || result.state !== 'pending') tab.set(storedKey, undefined); // a spent one is not waited for after a reload
          if (next) setVisit(next);
          return result;
        }}
      />
      <TalkToPerson bank={visit.bank.name} />
    </Screen>
  );
}
