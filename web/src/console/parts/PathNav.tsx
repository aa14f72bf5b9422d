import { NativeSelect, Tabs } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';
import classes from './pathnav.module.css';

export interface PathTab {
  /** The part of the path behind the base. */
  key: string;
  title: string;
}

const isAt = (pathname: string, to: string) => pathname === to || pathname.startsWith(`${to}/`);

/** The same pages as a list to choose from, where there is no room for more. */
function PathSelect({ label, base, groups }: { label: string; base: string; groups: { title?: string; tabs: PathTab[] }[] }) {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const current = groups.flatMap((g) => g.tabs).find((tab) => isAt(pathname, `${base}/${tab.key}`))?.key ?? '';
  const option = (tab: PathTab) => <option key={tab.key} value={tab.key}>{tab.title}</option>;
  return (
    <NativeSelect className={classes.select} aria-label={label} value={current} onChange={(e) => void navigate(`${base}/${e.currentTarget.value}`)}>
      {groups.map((g) => (g.title ? <optgroup key={g.title} label={g.title}>{g.tabs.map(option)}</optgroup> : g.tabs.map(option)))}
    </NativeSelect>
  );
}

/** Tabs that are pages of their own; more than four are a list on a phone. */
export function PathTabs({ label, base, tabs }: { label: string; base: string; tabs: PathTab[] }) {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const current = tabs.find((tab) => isAt(pathname, `${base}/${tab.key}`))?.key ?? null;
  const many = tabs.length > 4;
  return (
    <>
      {many && <PathSelect label={label} base={base} groups={[{ tabs }]} />}
      <Tabs value={current} onChange={(key) => key && void navigate(`${base}/${key}`)} mb="lg" activateTabWithKeyboard={false} className={many ? classes.tabs : undefined}>
        <Tabs.List aria-label={label}>
          {tabs.map((tab) => (
            <Tabs.Tab key={tab.key} value={tab.key}>{tab.title}</Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
    </>
  );
}

/** Many pages in groups: a list beside the page on a desk, one to choose from above it elsewhere. */
export function PathGroups({ label, base, groups, children }: { label: string; base: string; groups: { title: string; tabs: PathTab[] }[]; children: ReactNode }) {
  const { pathname } = useLocation();
  return (
    <div className={classes.layout}>
      <nav className={classes.side} aria-label={label}>
        {groups.map((g) => (
          <div key={g.title} role="group" aria-label={g.title}>
            <p aria-hidden="true">{g.title}</p>
            <ul>
              {g.tabs.map((tab) => (
                <li key={tab.key}>
                  <Link to={`${base}/${tab.key}`} aria-current={isAt(pathname, `${base}/${tab.key}`) ? 'page' : undefined}>{tab.title}</Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <PathSelect label={label} base={base} groups={groups} />
      <div className={classes.page}>{children}</div>
    </div>
  );
}
