import { Button, Modal, Stack, Text } from '@mantine/core';
import { IconPhone } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, Problem } from '@/api';
import { useProblemText } from '@/shared/components/states';
import { Screen } from './Screen';
import { useVisit, type Visit } from './session';
import classes from './call.module.css';

/** For how long the connection is poor before a phone call is offered, milliseconds. */
const poorFor = 10_000;
/** How long it is said why nobody was reached, milliseconds. */
const toldFor = 20_000;

/** Whether the call goes on by phone now: then the page needs neither camera nor connection. */
export function onPhone(visit: Visit): boolean {
  return visit.call?.state === 'active' && visit.call.telephone?.state === 'connected';
}

/** Whether something has been so for a while. */
function useHeld(on: boolean, ms: number): boolean {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (!on) return setHeld(false);
    const timer = setTimeout(() => setHeld(true), ms);
    return () => clearTimeout(timer);
  }, [on, ms]);
  return held;
}

function useTelephone() {
  const { visit, refresh } = useVisit();
  const id = visit.call!.id;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const act = async (what: 'start' | 'end'): Promise<boolean> => {
    setBusy(true);
    setError(undefined);
    try {
      const params = { params: { path: { call_id: id }, query: { as: 'customer' as const } } };
      if (what === 'start') await api.POST('/v1/calls/{call_id}/telephone', { ...params, body: {} });
      else await api.POST('/v1/calls/{call_id}/telephone/end', params);
      await refresh();
      return true;
    } catch (e) {
      setError(e);
      if (Problem.from(e).status === 409) await refresh();
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { telephone: visit.call!.telephone, busy, error, setError, start: () => act('start'), end: () => act('end') };
}

/** In the call: offers to go on by phone, says that it rings, and why nobody was reached. */
export function PhoneOffer({ poor, asking, onAsk, agent }: { poor: boolean; asking: boolean; onAsk: (asking: boolean) => void; agent: string }) {
  const { t } = useTranslation('visit');
  const { t: common } = useTranslation();
  const { visit } = useVisit();
  const text = useProblemText();
  const { telephone, busy, error, setError, start, end } = useTelephone();
  const offered = useHeld(poor, poorFor);
  const newest = telephone?.parts.at(-1);
  const [told, setTold] = useState<string>();
  const failed = newest && (newest.state === 'failed' || newest.reason === 'agent_not_reached') && Date.now() - Date.parse(newest.created_at) < 5 * 60_000 ? newest.id : undefined;
  useEffect(() => {
    if (!failed) return;
    setTold(failed);
    const timer = setTimeout(() => setTold(undefined), toldFor);
    return () => clearTimeout(timer);
  }, [failed]);
  const phone = visit.customer.phone_masked;
  const reason = newest?.reason;
  const why = reason === 'busy' ? t('byPhone.busy') : reason === 'no_answer' ? t('byPhone.no_answer') : reason === 'agent_not_reached' ? t('byPhone.agent') : t('byPhone.failed');
  return (
    <>
      <div className={classes.banner} role="status" data-shown={telephone?.state === 'asked' || undefined} data-phone={telephone?.state}>
        {telephone?.state === 'asked' && (
          <>
            <IconPhone size={20} aria-hidden="true" />
            <span>{t('byPhone.calling', { phone })}</span>
            <Button size="compact-sm" variant="default" loading={busy} onClick={() => void end()}>{t('byPhone.cancel')}</Button>
          </>
        )}
      </div>
      <div className={classes.banner} role="status" data-shown={told !== undefined || undefined}>
        {told !== undefined && why}
      </div>
      {offered && telephone?.allowed && telephone.state !== 'asked' && told === undefined && (
        <div className={classes.banner} data-shown role="status">
          <span>{t('byPhone.offer')}</span>
          <Button size="compact-md" variant="default" onClick={() => onAsk(true)}>{t('byPhone.ask')}</Button>
        </div>
      )}
      <Modal opened={asking} onClose={() => !busy && onAsk(false)} title={<Text fw={620}>{t('byPhone.title')}</Text>} closeButtonProps={{ 'aria-label': common('action.close') }}>
        <Stack>
          <Text>{t('byPhone.text', { phone, agent })}</Text>
          {error !== undefined && <Text c="red" role="alert">{text(error)}</Text>}
          <Button
            loading={busy}
            leftSection={<IconPhone size={20} aria-hidden="true" />}
            onClick={() => void start().then((done) => done && onAsk(false))}
          >
            {t('byPhone.ask')}
          </Button>
          <Button variant="default" disabled={busy} data-autofocus onClick={() => { setError(undefined); onAsk(false); }}>{t('call.stay')}</Button>
        </Stack>
      </Modal>
    </>
  );
}

/** The call goes on by phone: the way back to the picture. */
export function ByPhone({ onVideo }: { onVideo: () => void }) {
  const { t } = useTranslation('visit');
  const { visit } = useVisit();
  const text = useProblemText();
  const { busy, error, end } = useTelephone();
  const agent = visit.call?.agent_name || t('call.agent');
  return (
    <Screen
      name="phone"
      icon={<IconPhone size={30} stroke={1.6} />}
      title={t('byPhone.onTitle')}
      lead={t('byPhone.onText', { agent })}
      footer={<Button fullWidth size="lg" loading={busy} onClick={() => { onVideo(); void end(); }}>{t('byPhone.back')}</Button>}
    >
      <Text c="dimmed">{t('byPhone.hint')}</Text>
      {error !== undefined && <Text c="red" role="alert">{text(error)}</Text>}
    </Screen>
  );
}
