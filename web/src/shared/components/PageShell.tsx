import { ActionIcon, Avatar, Menu, Text, Title, Tooltip, UnstyledButton, useMantineColorScheme, VisuallyHidden } from '@mantine/core';
import { IconChevronDown, IconDeviceDesktop, IconDots, IconLogout, IconMoon, IconSun } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, NavLink, useLocation } from 'react-router';
import { type LiveState, useLiveState } from '../live';
import type { Tone } from '../theme/palette';
import { LanguageItems } from './LanguagePicker';
import { Logo } from './Logo';
import classes from './PageShell.module.css';

export interface NavItem {
  /** Path below the router's base, such as "/queue". */
  to: string;
  label: string;
  /** An icon of 20 px. */
  icon: ReactNode;
  /** A number that asks for attention, such as customers who wait; 0 and undefined show none. */
  count?: number;
  /** Made for desks: never among the first on a phone's bar. */
  desk?: boolean;
}

/** A phone's bar has room for so many. */
const room = 5;

/** What of the navigation a phone has under "More". */
export function underMore(nav: readonly NavItem[]): NavItem[] {
  if (nav.length <= room) return [];
  const first = nav.filter((item) => !item.desk).slice(0, room - 1);
  return nav.filter((item) => !first.includes(item));
}

/** What an agent is doing. Only PickedPresence can be picked; the server sets the others. */
export type Presence = 'offline' | 'ready' | 'paused' | 'offered' | 'in_call' | 'wrap_up';
export type PickedPresence = 'ready' | 'paused' | 'offline';

const presenceTone: Record<Presence, Tone> = {
  offline: 'neutral', ready: 'positive', paused: 'warning', offered: 'progress', in_call: 'progress', wrap_up: 'info',
};
const liveTone: Record<LiveState, Tone> = { connecting: 'neutral', open: 'positive', reconnecting: 'warning', closed: 'neutral' };

export interface PageShellProps {
  nav: readonly NavItem[];
  bankName: string;
  user: { name: string; role: string };
  onSignOut: () => void;
  /** In the account menu: how the person is told. */
  notify?: ReactNode;
  /** Without it (auditors, administrators) no status is shown. */
  presence?: {
    state: Presence;
    /** Of a pause, in words. */
    reason?: string;
    /** What a pause may be for. */
    reasons?: readonly { value: string; label: string }[];
    onChange: (state: PickedPresence, reason?: string) => void;
    busy?: boolean;
  };
  /** The page's title, its one h1. */
  title: string;
  /** Beside the title, such as a StateBadge. */
  titleExtra?: ReactNode;
  /** Buttons at the end of the header. */
  actions?: ReactNode;
  /** The content goes to the edges and fills the height: call page, calendar. */
  flush?: boolean;
  children: ReactNode;
}

/** The console's frame: navigation, the page's title and actions, the agent's status, the account. Needs a router around it. */
export function PageShell({ nav, bankName, user, onSignOut, notify, presence, title, titleExtra, actions, flush, children }: PageShellProps) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const more = underMore(nav);
  return (
    <div className={classes.shell}>
      <a href="#content" className={classes.skip}>
        {common('skip')}
      </a>
      <nav className={classes.rail} aria-label={t('nav.label')}>
        <div className={classes.brand}>
          <span className={classes.wide}>
            <Logo />
          </span>
          <span className={classes.narrow}>
            <Logo markOnly size={32} />
          </span>
        </div>
        <ul className={classes.items}>
          {nav.map((item) => (
            <li key={item.to} data-more={more.includes(item) || undefined}>
              <NavLink to={item.to} className={({ isActive }) => `${classes.item} ${isActive ? classes.current : ''}`}>
                <span className={classes.icon} aria-hidden="true">
                  {item.icon}
                </span>
                <span className={classes.label}>{item.label}</span>
                {item.count ? <span className={`${classes.count} vv-numbers`}>{item.count}</span> : null}
              </NavLink>
            </li>
          ))}
          {more.length > 0 && <li className={classes.more}><More items={more} /></li>}
        </ul>
        <Text size="xs" c="dimmed" truncate className={classes.bank} title={bankName}>
          {bankName}
        </Text>
      </nav>
      <div className={classes.column}>
        <header className={classes.header}>
          <div className={classes.title}>
            <Title order={1} size="h3" lineClamp={1}>
              {title}
            </Title>
            {titleExtra}
          </div>
          {actions && <div className={classes.actions}>{actions}</div>}
          <div className={classes.tools}>
            <LiveDot />
            {presence && <PresencePicker {...presence} />}
            <AccountMenu user={user} onSignOut={onSignOut} notify={notify} />
          </div>
        </header>
        <main id="content" tabIndex={-1} className={`${classes.content} ${flush ? classes.flush : ''}`}>
          {children}
        </main>
      </div>
    </div>
  );
}

/** The rest of the navigation on a phone. */
function More({ items }: { items: readonly NavItem[] }) {
  const { t } = useTranslation('console');
  const { pathname } = useLocation();
  const here = (item: NavItem) => pathname === item.to || pathname.startsWith(`${item.to}/`);
  return (
    <Menu position="top-end" shadow="md" width={230}>
      <Menu.Target>
        <UnstyledButton className={`${classes.item} ${items.some(here) ? classes.current : ''}`}>
          <span className={classes.icon} aria-hidden="true">
            <IconDots size={20} stroke={1.6} />
          </span>
          <span className={classes.label}>{t('nav.more')}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {items.map((item) => (
          <Menu.Item key={item.to} component={Link} to={item.to} leftSection={item.icon} aria-current={here(item) ? 'page' : undefined} className={here(item) ? classes.chosen : undefined}>
            {item.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Whether what is shown is current. */
function LiveDot() {
  const { t } = useTranslation();
  const state = useLiveState();
  return (
    <Tooltip label={t(`live.${state}`)}>
      <span className={classes.live} data-tone={liveTone[state]} role="status" aria-label={t(`live.${state}`)}>
        <span className={classes.dot} />
        {state === 'reconnecting' && <span className={classes.liveText}>{t('live.reconnecting')}</span>}
      </span>
    </Tooltip>
  );
}

function PresencePicker({ state, reason, reasons = [], onChange, busy }: NonNullable<PageShellProps['presence']>) {
  const { t } = useTranslation('console');
  const words = state === 'paused' && reason ? `${t('presence.paused')}: ${reason}` : t(`presence.${state}`);
  return (
    <Menu position="bottom-end" shadow="md" width={220} disabled={busy}>
      <Menu.Target>
        <UnstyledButton className={classes.presence} data-tone={presenceTone[state]} aria-label={`${t('presence.label')}: ${words}`}>
          <span className={classes.dot} aria-hidden="true" />
          <span className={classes.presenceText}>{words}</span>
          <IconChevronDown size={14} aria-hidden="true" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {(['ready', 'paused', 'offline'] as const).flatMap((next) => [
          <Menu.Item
            key={next}
            onClick={() => onChange(next)}
            aria-current={next === state || undefined}
            leftSection={
              <span className={classes.tone} data-tone={presenceTone[next]}>
                <span className={classes.dot} />
              </span>
            }
          >
            {t(`presence.${next}`)}
          </Menu.Item>,
          ...(next === 'paused' ? reasons : []).map((r) => (
            <Menu.Item key={r.value} pl={38} aria-label={`${t('presence.paused')}: ${r.label}`} onClick={() => onChange('paused', r.value)}>
              {r.label}
            </Menu.Item>
          )),
        ])}
      </Menu.Dropdown>
    </Menu>
  );
}

function AccountMenu({ user, onSignOut, notify }: Pick<PageShellProps, 'user' | 'onSignOut' | 'notify'>) {
  const { t } = useTranslation();
  const { t: own } = useTranslation('console');
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const schemes = [
    ['light', IconSun],
    ['dark', IconMoon],
    ['auto', IconDeviceDesktop],
  ] as const;
  return (
    <Menu position="bottom-end" shadow="md" width={230} closeOnItemClick={false}>
      <Menu.Target>
        <ActionIcon radius="xl" size={36}>
          <Avatar name={user.name} size={32} color="petrol" />
          {/* Beside the initials, which are part of the name for those who speak to their computer. */}
          <VisuallyHidden>{` ${own('account')}: ${user.name}`}</VisuallyHidden>
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah="80vh" style={{ overflowY: 'auto' }}>
        <div className={classes.who}>
          <Text fw={600} truncate>
            {user.name}
          </Text>
          <Text size="xs" c="dimmed" truncate>
            {user.role}
          </Text>
        </div>
        <Menu.Divider />
        <Menu.Label>{t('theme.label')}</Menu.Label>
        {schemes.map(([scheme, Icon]) => (
          <Menu.Item
            key={scheme}
            aria-current={scheme === colorScheme || undefined}
            className={scheme === colorScheme ? classes.chosen : undefined}
            leftSection={<Icon size={16} stroke={1.7} aria-hidden="true" />}
            onClick={() => setColorScheme(scheme)}
          >
            {t(`theme.${scheme}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t('language.label')}</Menu.Label>
        <LanguageItems />
        {notify}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} stroke={1.7} aria-hidden="true" />} onClick={onSignOut}>
          {t('action.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
