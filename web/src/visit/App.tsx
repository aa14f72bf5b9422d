import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconLink } from '@tabler/icons-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api';
import { useLocalMedia } from '@/shared/call';
import { ErrorState, LoadingState } from '@/shared/components/states';
import { VisitShell } from '@/shared/components/VisitShell';
import { LiveProvider, useLiveEvent, useLiveState } from '@/shared/live';
import { Booked } from './Booked';
import { ByPhone, onPhone } from './ByPhone';
import { CallScreen } from './CallScreen';
import { ChatProvider } from './Chat';
import { Check } from './Check';
import { Confirm } from './Confirm';
import { Consents } from './Consents';
import { Documents } from './Documents';
import { FormScreen } from './FormScreen';
import { Offer } from './Offer';
import { After, Done, Elsewhere, Missed } from './Outcome';
import { Queue } from './Queue';
import { Recover } from './Recover';
import { Ring } from './Ring';
import { Screen } from './Screen';
import { offerKey, screenOf, usesCamera } from './screens';
import { type Detour, readVisit, rememberBank, rememberedBank, settle, tab, tokenOf, type Visit, VisitContext, visitKey } from './session';
import { SlotPicker } from './SlotPicker';
import { useSound } from './useAwake';
import { Prove, Welcome } from './Welcome';

/** The visit page: opens the link or goes on with the session, and shows what is next. */
export function App() {
  const { t } = useTranslation('visit');
  const client = useQueryClient();
  const asked = new URLSearchParams(window.location.search).get('bank') ?? undefined;
  const wantsNew = /^\/visit\/new\/?$/.test(window.location.pathname);
  const visit = useQuery({
    queryKey: visitKey,
    queryFn: async () => settle(await readVisit()),
    enabled: !wantsNew,
    refetchOnWindowFocus: true,
  });
  useEffect(() => {
    document.title = t('title');
  }, [t]);
  useEffect(() => {
    if (visit.data) rememberBank(visit.data.bank);
  }, [visit.data]);

  const opened = useCallback(
    (next: Visit) => {
      window.history.replaceState(null, '', '/visit/');
      client.setQueryData(visitKey, next);
      void settle(next).then((settled) => client.setQueryData(visitKey, settled));
    },
    [client],
  );

  const problem = visit.error ? Problem.from(visit.error) : undefined;
  const ended = problem?.status === 401 || problem?.status === 410;
  if (visit.data && !ended) {
    return (
      <LiveProvider url="/v1/feed?as=customer" enabled={visit.data.identification.state === 'open'}>
        <Screens visit={visit.data} />
      </LiveProvider>
    );
  }
  const token = tokenOf(window.location.pathname);
  const bank = rememberedBank();
  if (wantsNew && asked) return <Recover by={{ bank: asked }} bankName={bank?.slug === asked ? bank.name : ''} why="new" onOpen={opened} />;
  if (problem?.status === 410 && token) return <Recover by={{ token }} bankName={bank?.name ?? ''} why="expired" onOpen={opened} />;
  if (ended && bank) return <Recover by={{ bank: bank.slug }} bankName={bank.name} why="expired" onOpen={opened} />;
  if (ended || wantsNew || problem?.status === 404 || problem?.status === 400) {
    return <Screen name="closed" icon={<IconLink size={30} stroke={1.6} />} title={t('closed.title')} lead={t('closed.lead')} bankName="" />;
  }
  return (
    <VisitShell bankName={bank?.name ?? ''}>
      {problem ? <ErrorState error={problem} onRetry={() => void visit.refetch()} /> : <LoadingState />}
    </VisitShell>
  );
}

function Screens({ visit }: { visit: Visit }) {
  const client = useQueryClient();
  const media = useLocalMedia();
  const sound = useSound();
  const live = useLiveState();
  const [detour, setDetour] = useState<Detour>();
  const [begun, setBegun] = useState(() => tab.get('begun') === visit.identification.id);
  const [seenCall, setSeenCall] = useState(() => tab.get('seenCall'));
  const [walkIn, setWalkIn] = useState(() => tab.get('walkIn'));
  const [putOff, setPutOff] = useState(() => tab.get('putOff'));
  const [accepted, setAccepted] = useState(() => tab.get('accepted'));
  const [joined, setJoined] = useState(() => tab.get('joined'));

  const refresh = useCallback(() => client.invalidateQueries({ queryKey: visitKey }), [client]);
  const setVisit = useCallback((next: Visit) => client.setQueryData(visitKey, next), [client]);
  const context = useMemo(() => ({ visit, setVisit, refresh, goTo: setDetour }), [visit, setVisit, refresh]);
  useLiveEvent('*', () => void refresh());

  const screen = screenOf(visit, { begun, detour, seenCall, walkIn, putOff, accepted, joined });
  // Whoever was sent elsewhere by events does not come back to a screen of before.
  const { next_step: step } = visit;
  useEffect(() => setDetour(undefined), [step]);
  const byPhone = onPhone(visit) && screen !== 'done';
  const camera = usesCamera(screen) && !byPhone;
  const { stop } = media;
  useEffect(() => {
    if (!camera) stop();
  }, [camera, stop]);

  // The feed says when to look again; a look now and then makes up for a lost one.
  const waiting = screen === 'booked' || screen === 'slot' || screen === 'offer' || screen === 'queue' || screen === 'ringing' || screen === 'elsewhere' || screen === 'join' || screen === 'after' || screen === 'call';
  useEffect(() => {
    const every = live === 'open' ? (waiting ? 20_000 : 0) : waiting ? 4_000 : 15_000;
    if (every === 0) return;
    const timer = setInterval(() => void refresh(), every);
    return () => clearInterval(timer);
  }, [live, waiting, refresh]);

  const again = () => {
    tab.set('seenCall', visit.call?.id);
    setSeenCall(visit.call?.id);
  };
  const accept = (call: string | undefined) => {
    tab.set('accepted', call);
    setAccepted(call);
  };
  const join = () => {
    tab.set('joined', visit.call?.id);
    setJoined(visit.call?.id);
  };
  const queued = (entry: string) => {
    tab.set('walkIn', entry);
    setWalkIn(entry);
  };
  const later = (offer: string | undefined) => {
    tab.set('putOff', offer);
    setPutOff(offer);
  };
  const begin = () => {
    tab.set('begun', visit.identification.id);
    setBegun(true);
  };
  return (
    <VisitContext value={context}>
      <ChatProvider inCall={screen === 'call' && !byPhone}>{shown()}</ChatProvider>
    </VisitContext>
  );

  function shown() {
    if (byPhone) return <ByPhone onVideo={join} />;
    switch (screen) {
      case 'welcome': return <Welcome onBegin={begin} />;
      case 'prove': return <Prove />;
      case 'consent': return <Consents />;
      case 'document': return <Documents />;
      case 'form': return <FormScreen />;
      case 'confirm': return <Confirm />;
      case 'slot': return <SlotPicker purpose="book" onLook={() => later(undefined)} />;
      case 'time': return <SlotPicker purpose="hold" />;
      case 'move': return <SlotPicker purpose="move" />;
      case 'offer': return <Offer key={offerKey(visit)} onLater={() => later(offerKey(visit))} />;
      case 'booked': return <Booked sound={sound} onLook={() => later(undefined)} />;
      case 'queue': return <Queue sound={sound} />;
      case 'ringing': return <Ring sound={sound} onAccept={accept} />;
      case 'elsewhere': return <Elsewhere onHere={() => accept(visit.call?.id)} />;
      case 'test':
      case 'prepare':
      case 'join': return <Check key={screen} media={media} purpose={screen} onJoin={join} onQueued={queued} />;
      case 'call': return <CallScreen key={visit.call!.id} media={media} />;
      case 'after': return <After onAgain={again} />;
      case 'missed': return <Missed onAgain={again} onNow={() => { again(); setDetour('prepare'); }} />;
      case 'done': return <Done />;
    }
  }
}
