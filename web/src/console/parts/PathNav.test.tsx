import { screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { useLocation } from 'react-router';
import { beforeAll, expect, it } from 'vitest';
import { type NavItem, underMore } from '@/shared/components/PageShell';
import { startI18n } from '@/shared/i18n';
import { session, show } from '../testing';
import { PathGroups, PathTabs } from './PathNav';

beforeAll(() => startI18n('console'));

function Where() {
  return <output>{useLocation().pathname}</output>;
}

const groups = [
  { title: 'People', tabs: [{ key: 'agents', title: 'Agents' }, { key: 'hours', title: 'Hours' }] },
  { title: 'Bank', tabs: [{ key: 'bank', title: 'Name' }] },
];

it('has pages in groups, as links on a desk and as a choice on a phone', async () => {
  show(<PathGroups label="Settings" base="/admin" groups={groups}><Where /></PathGroups>, session('administrator'), '/admin/hours');
  const side = screen.getByRole('navigation', { name: 'Settings' });
  expect(within(side).getByRole('link', { current: 'page' }).textContent).toBe('Hours');
  expect(within(within(side).getByRole('group', { name: 'Bank' })).getByRole('link').textContent).toBe('Name');
  const select = screen.getByRole('combobox', { name: 'Settings' }) as HTMLSelectElement;
  expect(select.value).toBe('hours');
  expect([...select.querySelectorAll('optgroup')].map((g) => g.label)).toEqual(['People', 'Bank']);
  await userEvent.selectOptions(select, 'Name');
  expect(screen.getByText('/admin/bank')).toBeTruthy();
});

it('is a choice only where tabs are many, and takes no page for another that begins like it', () => {
  const few = [{ key: 'calls', title: 'Calls' }, { key: 'calls-old', title: 'Old calls' }];
  show(<PathTabs label="Telephone" base="/t" tabs={few} />, session('supervisor'), '/t/calls-old/1');
  expect(screen.queryByRole('combobox')).toBeNull();
  expect(screen.getByRole('tab', { selected: true }).textContent).toBe('Old calls');
});

it('leaves five on a phone’s bar: four and “More”, with what is for desks behind it', () => {
  const nav = (n: number): NavItem[] => Array.from({ length: n }, (_, i) => ({ to: `/${i}`, label: String(i), icon: null, desk: i === 2 }));
  expect(underMore(nav(5))).toEqual([]);
  expect(underMore(nav(9)).map((x) => x.label)).toEqual(['2', '5', '6', '7', '8']);
});
