import { Anchor, Button, Group, Text, Title } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconAdjustments, IconBell, IconDeviceMobile, IconHome, IconMessage, IconPhone, IconPlugConnectedX, IconWifi, IconWifiOff } from '@tabler/icons-react';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { unlockSound } from '@/shared/call/sound';
import { LanguagePicker } from '@/shared/components/LanguagePicker';
import { Logo } from '@/shared/components/Logo';
import { EmptyState, ErrorState, LoadingState } from '@/shared/components/states';
import { formatTime, PhoneText, useNow } from '@/shared/components/text';
import { useLanguage } from '@/shared/i18n';
import { openApproval } from './approvals/approvals';
import { ApprovalScreen } from './approvals/ApprovalScreen';
import { Bench, NumberPicker } from './Bench';
import { Calls } from './Calls';
import { useRegistration } from './gateway';
import { type Arrival, type Handset, useHandset } from './handset';
import { Home, PushText } from './Home';
import { Messages } from './Messages';
import { useMemory } from './memory';
import { firstNumber, rememberNumber } from './number';
import { notificationsOf } from './notifications';
import { RingScreen } from './RingScreen';
import { ringsOf } from './ringing';
import { threadsOf } from './threads';
import { isOver, VoiceCallScreen } from './VoiceCallScreen';
import classes from './handset.module.css';

type Tab = 'home' | 'messages' | 'calls' | 'bench';

/** What has just come, at the top of the screen for six seconds. */
function Banner({ arrival, onOpen }: { arrival: Arrival; onOpen: () => void }) {
  const { t } = useTranslation('phone');
  return (
    <button type="button" className={classes.banner} onClick={onOpen}>
      <span className={classes.cardIcon} aria-hidden="true">
        {arrival.kind === 'sms' ? <IconMessage size={16} /> : <IconBell size={16} />}
      </span>
      <span className={classes.bannerText}>
        {arrival.kind === 'sms' ? (
          <>
            <strong className={classes.block}>
              <PhoneText value={arrival.sms.from} />
            </strong>
            <span dir="auto">{arrival.sms.body}</span>
          </>
        ) : (
          <PushText push={arrival.push} />
        )}
      </span>
      <span className="vv-heard">{t('home.open')}</span>
    </button>
  );
}

/** Why there is no handset to show. */
function Unavailable({ handset }: { handset: Handset }) {
  const { t } = useTranslation('phone');
  const status = handset.error?.status;
  if (status === 401 || status === 403) {
    return (
      <EmptyState title={t('signIn.title')} icon={<IconPlugConnectedX size={24} stroke={1.6} />} action={<Group gap="xs" mt="xs" justify="center"><Button component="a" href="/console">{t('signIn.go')}</Button><Button variant="default" onClick={handset.retry}>{t('action.retry', { ns: 'common' })}</Button></Group>}>
        {t('signIn.text')}
      </EmptyState>
    );
  }
  if (status === 404) {
    return (
      <EmptyState title={t('off.title')} icon={<IconPlugConnectedX size={24} stroke={1.6} />} action={<Button mt="xs" variant="default" onClick={handset.retry}>{t('action.retry', { ns: 'common' })}</Button>}>
        {t('off.text')}
      </EmptyState>
    );
  }
  return <ErrorState error={handset.error} onRetry={handset.retry} withDetail />;
}

/** The simulated phone: a handset, and beside it (below 900 px on a tab of its own) what one may set. */
export function App() {
  const { t } = useTranslation('phone');
  const { intl } = useLanguage();
  const wide = useMediaQuery('(min-width: 900px)', window.innerWidth >= 900, { getInitialValueInEffect: false });
  const [number, setNumber] = useState(() => firstNumber(window.location.search));
  const [tab, setTab] = useState<Tab>('home');
  const [open, setOpen] = useState<string | null>(null);
  const [banner, setBanner] = useState<Arrival | null>(null);
  const [memory, remember] = useMemory(number);
  const handset = useHandset(number, setBanner);
  const { phone, retry } = handset;
  const now = useNow(500) + handset.skew;
  const registration = useRegistration(phone?.number, phone?.token);
  const device = registration.data?.known ? registration.data.device?.id : undefined;

  useEffect(() => {
    if (number) rememberNumber(number);
  }, [number]);
  useEffect(() => {
    document.title = number ? `${number} · ${t('title')}` : t('title');
  }, [t, number]);
  useEffect(() => {
    const unlock = () => void unlockSound();
    window.addEventListener('pointerdown', unlock);
    window.addEventListener('keydown', unlock);
    return () => {
      window.removeEventListener('pointerdown', unlock);
      window.removeEventListener('keydown', unlock);
    };
  }, []);
  useEffect(() => {
    if (!banner) return;
    const timer = setTimeout(() => setBanner(null), 6000);
    return () => clearTimeout(timer);
  }, [banner]);

  const pick = useCallback((next: string) => {
    setNumber(next);
    setHeld(undefined);
    setOpen(null);
    setBanner(null);
    setTab('home');
  }, []);
  // Kept, because the clock renders this page twice a second.
  const bench = useMemo(() => <Bench number={number} phone={phone} onPick={pick} onChanged={retry} />, [number, phone, pick, retry]);
  const show = (peer: string) => {
    setOpen(peer);
    setTab('messages');
    setBanner(null);
  };
  const onSeen = useCallback((peer: string, until: string) => remember((old) => ({ ...old, seen: { ...old.seen, [peer]: until } })), [remember]);

  const threads = useMemo(() => (phone ? threadsOf(phone.messages, memory.seen, phone.scenario === 'no-final-receipt') : []), [phone, memory.seen]);
  const rings = useMemo(() => (phone ? ringsOf(phone.pushes, memory.handled, now) : []), [phone, memory.handled, now]);
  const ring = rings.find((r) => r.fate === 'ringing')?.ring;
  const asked = useMemo(() => (phone ? openApproval(phone.pushes, memory.answered, now) : undefined), [phone, memory.answered, now]);
  // A question stays until it was looked at to its end, also when its time is over meanwhile.
  const [held, setHeld] = useState(asked);
  if (asked && asked.verificationId !== held?.verificationId && (!held || held.verificationId in memory.answered || held.expiresAt <= now)) setHeld(asked);
  const approval = held && !(held.verificationId in memory.answered) ? held : undefined;
  const notifications = useMemo(() => (phone ? notificationsOf(phone, memory, now) : []), [phone, memory, now]);
  const unread = threads.reduce((sum, thread) => sum + thread.unread, 0);

  // A call stays on the screen after its end until it is closed.
  const live = phone?.calls.find((call) => !isOver(call) && call.status !== 'queued' && call.status !== 'initiated');
  const shown = useRef<string>(undefined);
  const [closed, setClosed] = useState('');
  if (live) shown.current = live.id;
  const ended = phone?.calls.find((call) => call.id === shown.current && call.id !== closed && (call.answered_at || call.error || call.direction === 'inbound'));
  const voice = live ?? ended;

  const clear = () =>
    remember((old) => ({
      ...old,
      cleared: new Date(Math.max(now, ...notifications.map((n) => n.at))).toISOString(),
      seen: { ...old.seen, ...Object.fromEntries(threads.map((thread) => [thread.with, thread.last.created_at])) },
    }));

  // Opening and closing the tab "settings" when the window changes its width.
  const at = wide && tab === 'bench' ? 'home' : tab;
  const tabs: { id: Tab; label: string; icon: ReactNode; count?: number }[] = [
    { id: 'home', label: t('nav.home'), icon: <IconHome size={22} stroke={1.7} /> },
    { id: 'messages', label: t('nav.messages'), icon: <IconMessage size={22} stroke={1.7} />, count: unread },
    { id: 'calls', label: t('nav.calls'), icon: <IconPhone size={22} stroke={1.7} /> },
    ...(wide ? [] : [{ id: 'bench' as const, label: t('nav.bench'), icon: <IconAdjustments size={22} stroke={1.7} /> }]),
  ];

  const intro = (
    <div className={classes.intro}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Logo />
        <LanguagePicker />
      </Group>
      <Title order={1} size="h2" mt="md">
        {t('title')}
      </Title>
      <Text c="dimmed" mt={4} maw="60ch">
        {t('intro')}
      </Text>
    </div>
  );

  let content: ReactNode;
  if (at === 'bench') content = <div className={classes.benchTab}>{intro}{bench}</div>;
  else if (!number) {
    content = (
      <div className={classes.setup}>
        {!wide && <div className={classes.setupTop}><LanguagePicker /></div>}
        <EmptyState title={t('setup.title')} icon={<IconDeviceMobile size={24} stroke={1.6} />}>
          {t('setup.text')}
        </EmptyState>
        {!wide && <NumberPicker number={number} onPick={pick} />}
      </div>
    );
  } else if (handset.error && !phone) content = <Unavailable handset={handset} />;
  else if (!phone) content = <LoadingState />;
  else if (at === 'home') content = <Home notifications={notifications} onThread={show} onClear={clear} />;
  else if (at === 'messages') content = <Messages number={number} threads={threads} open={open} onOpen={setOpen} onSeen={onSeen} />;
  else content = <Calls number={number} calls={phone.calls} rings={rings} />;

  const covered = ring !== undefined || voice !== undefined || approval !== undefined;
  const connected = handset.live === 'open';
  return (
    <div className={classes.page}>
      <main className={classes.stage} data-handset aria-label={number ? t('handset', { number }) : t('title')}>
        {!wide && <h1 className="vv-heard">{t('title')}</h1>}
        <div className={classes.frame}>
          <div className={classes.screen} data-wall={phone && at === 'home' ? true : undefined}>
            <div className={classes.under} inert={covered}>
              <div className={classes.status}>
                <span className="vv-numbers">{formatTime(now, 'time', intl)}</span>
                <span className={classes.statusNumber}>{number && <PhoneText value={number} />}</span>
                <span className={classes.statusLive} role="status">
                  {connected ? <IconWifi size={16} aria-hidden="true" /> : <IconWifiOff size={16} aria-hidden="true" />}
                  <span className={connected ? 'vv-heard' : undefined}>{number ? t(`live.${handset.live}`, { ns: 'common' }) : ''}</span>
                </span>
              </div>
              <div className={classes.content}>{content}</div>
              <nav className={classes.nav} aria-label={t('nav.label')}>
                {tabs.map(({ id, label, icon, count }) => (
                  <button key={id} type="button" className={classes.tab} aria-current={at === id ? 'page' : undefined} onClick={() => { setTab(id); if (id === 'messages') setOpen(null); }} disabled={!number && id !== 'home' && id !== 'bench'}>
                    <span aria-hidden="true">{icon}</span>
                    {label}
                    {count ? <span className={classes.tabCount} aria-label={t('sms.unread', { count })}>{count}</span> : null}
                  </button>
                ))}
              </nav>
              {banner && !covered && (
                <div className={classes.bannerPlace} role="status">
                  <Banner arrival={banner} onOpen={() => (banner.kind === 'sms' ? show(banner.sms.from) : (setTab('home'), setBanner(null)))} />
                </div>
              )}
            </div>
            {voice && <div className={classes.cover} inert={ring !== undefined}><VoiceCallScreen key={voice.id} call={voice} onClose={() => setClosed(voice.id)} /></div>}
            {approval && number && (
              <div className={classes.cover} inert={ring !== undefined || voice !== undefined}>
                <ApprovalScreen
                  key={approval.verificationId}
                  number={number}
                  approval={approval}
                  skew={handset.skew}
                  onHandled={(fate) => remember((old) => ({ ...old, answered: { ...old.answered, [approval.verificationId]: fate } }))}
                />
              </div>
            )}
            {ring && (
              <div className={classes.cover}>
                <RingScreen
                  key={ring.callId}
                  ring={ring}
                  device={device}
                  skew={handset.skew}
                  onHandled={(fate) => remember((old) => ({ ...old, handled: { ...old.handled, [ring.callId]: fate } }))}
                />
              </div>
            )}
          </div>
        </div>
        {wide && number && phone && !connected && <Text size="sm" c="dimmed" mt="xs" ta="center">{t('stale')}</Text>}
      </main>
      {wide && (
        <aside className={classes.side} aria-label={t('nav.bench')}>
          {intro}
          {bench}
          <Anchor href="/console" size="sm" mt="md" className={classes.foot}>{t('toConsole')}</Anchor>
        </aside>
      )}
    </div>
  );
}
