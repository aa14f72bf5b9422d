import { Alert, Button, Group } from '@mantine/core';
import { IconActivity, IconCalendarEvent, IconDeviceDesktopAnalytics, IconId, IconMessageCircle, IconPhone, IconPhoneOutgoing, IconSettings, IconUsers, IconUsersGroup } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { api, body } from '@/api';
import { type NavItem, PageShell } from '@/shared';
import { PushMenuItem } from '@/shared/components/PushSwitch';
import { currentLanguage } from '@/shared/i18n';
import type { PushUse } from '@/shared/push';
import { useSay } from '../parts/parts';
import { useMay } from '../session/roles';
import { useMe } from '../session/session';
import { useMyPresence, usePauseReason, useSetPresence } from './presence';

export interface ConsolePageProps {
  title: string;
  titleExtra?: ReactNode;
  actions?: ReactNode;
  /** As in PageShell. */
  flush?: boolean;
  children: ReactNode;
}

/** Who waits; only for those who may see it. */
export function useQueue() {
  const enabled = useMay()('seeQueue');
  return useQuery({ queryKey: ['queue', 'all'], enabled, queryFn: () => body(api.GET('/v1/queue')), refetchInterval: 30_000 });
}

/** How many chats wait for a person; at most 100 are counted. */
function useWaitingChats() {
  const enabled = useMay()('chat');
  return useQuery({ queryKey: ['threads', 'waiting'], enabled, queryFn: async () => (await body(api.GET('/v1/threads', { params: { query: { state: 'waiting', limit: 100 } } }))).items.length, refetchInterval: 30_000 });
}

/** A switch in the account menu: offers come to this browser, too, while nobody looks at the console. */
function Notify({ agent }: { agent: string }) {
  const { t } = useTranslation('console');
  const use: PushUse = {
    key: `agent.${agent}`,
    add: (subscription) => body(api.POST('/v1/agents/me/push-subscriptions', { body: { ...subscription, locale: currentLanguage() } })),
    remove: async (id) => void (await api.DELETE('/v1/agents/me/push-subscriptions/{subscription_id}', { params: { path: { subscription_id: id } } })),
  };
  return <PushMenuItem use={use} label={t('notify.label')} help={t('notify.help')} />;
}

/** The console's frame around one page, with the navigation of the person's role. */
export function ConsolePage({ title, children, ...shell }: ConsolePageProps) {
  const { t } = useTranslation('console');
  const me = useMe();
  const may = useMay();
  const client = useQueryClient();
  const say = useSay();
  const presence = useMyPresence().data;
  const setPresence = useSetPresence();
  const pauseReason = usePauseReason();
  const waiting = useQueue().data?.items.length;
  const chats = useWaitingChats().data;
  const { pathname } = useLocation();
  useEffect(() => {
    document.title = `${title} · ${t('title')}`;
  }, [title, t]);

  const icon = { size: 20, stroke: 1.6 };
  const nav: NavItem[] = [{ to: '/agenda', label: t('nav.agenda'), icon: <IconCalendarEvent {...icon} /> }];
  if (may('seeQueue')) nav.push({ to: '/queue', label: t('nav.queue'), icon: <IconUsersGroup {...icon} />, count: waiting });
  if (may('seeChats')) nav.push({ to: '/chats', label: t('nav.chats'), icon: <IconMessageCircle {...icon} />, count: chats });
  if (may('seeWallboard')) nav.push({ to: '/wallboard', label: t('nav.wallboard'), icon: <IconDeviceDesktopAnalytics {...icon} />, desk: true });
  nav.push({ to: '/calls', label: t('nav.calls'), icon: <IconPhone {...icon} /> });
  nav.push({ to: '/identifications', label: t('nav.cases'), icon: <IconId {...icon} /> });
  if (may('listCustomers')) nav.push({ to: '/customers', label: t('nav.customers'), icon: <IconUsers {...icon} /> });
  if (may('seeTelephone')) nav.push({ to: '/telephone', label: t('nav.telephone'), icon: <IconPhoneOutgoing {...icon} /> });
  if (may('seeMessages')) nav.push({ to: '/activity', label: t('nav.activity'), icon: <IconActivity {...icon} /> });
  if (may('setHours')) nav.push({ to: '/admin', label: t('nav.admin'), icon: <IconSettings {...icon} /> });

  const signOut = async () => {
    try {
      await api.DELETE('/v1/session');
    } catch (error) {
      say.failed(error);
      return;
    }
    client.clear();
    client.setQueryData(['session'], null);
  };
  const callPath = presence?.call_id ? `/calls/${presence.call_id}` : undefined;

  return (
    <PageShell
      {...shell}
      title={title}
      nav={nav}
      bankName={me.bank.name}
      user={{ name: me.agent.name, role: `${t(`role.${me.agent.role}`)} · ${me.agent.email}` }}
      onSignOut={() => void signOut()}
      notify={presence && <Notify agent={me.agent.id} />}
      presence={
        presence && {
          state: presence.state,
          busy: setPresence.isPending,
          reason: presence.reason ? pauseReason(presence.reason) : undefined,
          reasons: (me.pause_reasons ?? []).map((value) => ({ value, label: pauseReason(value) })),
          onChange: (state, reason) => setPresence.mutate({ state, reason }, { onError: say.failed }),
        }
      }
    >
      {callPath && pathname !== callPath && (
        <Alert color="petrol" radius={0} py="xs" role="status">
          <Group justify="space-between">
            <span>{t('call.going')}</span>
            <Button component={Link} to={callPath} size="xs">
              {t('call.return')}
            </Button>
          </Group>
        </Alert>
      )}
      {children}
    </PageShell>
  );
}
