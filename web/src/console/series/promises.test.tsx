import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, expect, it } from 'vitest';
import { startI18n } from '@/shared/i18n';
import { serve, session, show } from '../testing';
import { WaitlistPage } from '../waitlist/WaitlistPage';
import { NewSeries } from './NewSeries';
import { SeriesPart } from './SeriesPart';
import { wallTime } from './wall';

beforeAll(() => startI18n('console'));

const frame = { 'GET /v1/queue': { items: [] }, 'GET /v1/presence': { state: 'offline' } };
const customer = { id: 'k1', name: 'Lan', phone: '+84•••01', locale: 'vi', time_zone: 'Asia/Ho_Chi_Minh', created_at: '2026-11-01T00:00:00Z' } as never;
const booking = (id: string, state: string) => ({ id, identification_id: `i-${id}`, state, start: '2099-03-01T02:00:00Z', end: '2099-03-01T02:15:00Z' });
const series = { id: 's1', customer_id: 'k1', first: '2099-03-01T09:00', time_zone: 'Asia/Ho_Chi_Minh', every_weeks: 2, times: 2, items: [] as object[] };

it('books recurring callbacks, and says which of them found no place', async () => {
  const made = { ...series, items: [{ wall: '2099-03-01T09:00', start: '2099-03-01T02:00:00Z', booking: booking('b1', 'confirmed') }, { wall: '2099-03-15T09:00', start: '2099-03-15T02:00:00Z', code: 'slot_taken' }] };
  const asked = serve({ ...frame, 'GET /v1/booking-series': { items: [] }, 'GET /v1/scenarios': { items: [{ id: 'sc', slug: 'open-account', enabled: true, version: 1, definition: { name: { en: 'Open an account' } } }] }, 'POST /v1/booking-series': made });
  show(<SeriesPart customer={customer} />, session('supervisor'));
  await screen.findByText('No recurring callbacks');
  await userEvent.click(screen.getByRole('button', { name: 'Book recurring callbacks' }));
  const dialog = await screen.findByRole('dialog');
  await userEvent.type(within(dialog).getByLabelText(/First day/), '2099-03-01');
  await userEvent.clear(within(dialog).getByLabelText(/^Time \*/));
  await userEvent.type(within(dialog).getByLabelText(/^Time \*/), '9');
  await userEvent.tab();
  await userEvent.clear(within(dialog).getByLabelText('How many calls'));
  await userEvent.type(within(dialog).getByLabelText('How many calls'), '2');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Book' }));
  await screen.findByText('1 of 2 booked');
  within(dialog).getByText('This time is not free.');
  expect(asked.find((a) => a.method === 'POST')!.body).toEqual({ customer_id: 'k1', scenario: 'open-account', first: '2099-03-01T09:00', time_zone: 'Asia/Ho_Chi_Minh', every_weeks: 1, times: 2 });
});

const withAgents = (choose_agent: boolean) => {
  const made = { ...series, agent_id: 'a1', items: [{ start: '2027-03-01T02:00:00Z', booking: booking('b1', 'confirmed') }] };
  return {
    ...frame, 'GET /v1/booking-series': { items: [] }, 'POST /v1/booking-series': made,
    'GET /v1/agents': { items: [{ id: 'a1', name: 'Alice', role: 'agent', enabled: true }, { id: 'a2', name: 'Gone', role: 'agent', enabled: false }, { id: 'a3', name: 'Reader', role: 'auditor', enabled: true }] },
    'GET /v1/scenarios': { items: [{ id: 'sc', slug: 'open-account', enabled: true, version: 1, definition: { name: { en: 'Open an account' }, settings: { capacity: { choose_agent } } } }] },
  };
};

it('names an agent where the scenario lets bookings do so', async () => {
  const asked = serve(withAgents(true));
  show(<NewSeries customer={customer} onClose={() => {}} />, session('supervisor'));
  fireEvent.click(await screen.findByLabelText('Agent', { selector: 'input' }));
  const alice = await screen.findByText('Alice');
  expect(screen.queryByText('Gone')).toBeNull();
  expect(screen.queryByText('Reader')).toBeNull();
  fireEvent.click(alice);
  await userEvent.type(screen.getByLabelText(/First day/), '2027-03-01');
  await userEvent.tab();
  fireEvent.click(screen.getByRole('button', { name: 'Book' }));
  await screen.findByText('1 of 1 booked');
  expect(asked.find((a) => a.method === 'POST')!.body).toMatchObject({ scenario: 'open-account', agent_id: 'a1' });
});

it('names no agent elsewhere', async () => {
  serve(withAgents(false));
  show(<NewSeries customer={customer} onClose={() => {}} />, session('supervisor'));
  await screen.findByDisplayValue('Open an account');
  expect(screen.queryByLabelText('Agent', { selector: 'input' })).toBeNull();
});

it('ends a series after asking; an administrator only reads it', async () => {
  const listed = { items: [{ ...series, items: [{ start: '2027-03-01T02:00:00Z', booking: booking('b1', 'confirmed') }] }] };
  const asked = serve({ ...frame, 'GET /v1/booking-series': listed, 'POST /v1/booking-series/s1/cancel': listed.items[0] });
  const first = show(<SeriesPart customer={customer} />, session('administrator'));
  await screen.findByText('Every 2 weeks');
  expect(screen.queryByRole('button', { name: 'End' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Book recurring callbacks' })).toBeNull();
  first.unmount();
  show(<SeriesPart customer={customer} />, session('supervisor'));
  await userEvent.click(await screen.findByRole('button', { name: 'End' }));
  await userEvent.click(within(await screen.findByRole('dialog', { name: 'End these callbacks?' })).getByRole('button', { name: 'End' }));
  await waitFor(() => expect(asked.some((a) => a.path === '/v1/booking-series/s1/cancel')).toBe(true));
});

it('shows a time on the wall as it is, in no zone', () => {
  expect(wallTime('2027-03-14T02:30', 'en-GB')).toBe('14 Mar 2027, 02:30');
  expect(wallTime('soon', 'en-GB')).toBe('soon');
});

it('shows who waits for a time, what they are offered, and takes them off the list', async () => {
  const entry = (id: string, state: string, more: object = {}) => ({ id, identification_id: `i-${id}`, customer_id: 'k', customer_name: `Customer ${id}`, from: '2027-03-01T02:00:00Z', to: '2027-03-05T02:00:00Z', state, entered_at: '2027-02-01T02:00:00Z', ...more });
  const answers = { ...frame, 'GET /v1/waitlist': { items: [entry('a', 'offered', { offer: { start: '2027-03-02T02:00:00Z', until: '2099-01-01T00:00:00Z' } }), entry('b', 'booked')] }, 'DELETE /v1/waitlist/a': undefined };
  const asked = serve(answers);
  const first = show(<WaitlistPage />, session('auditor'), '/agenda/waitlist');
  await screen.findByText('Customer a');
  expect(screen.queryByRole('button', { name: 'Take off the list' })).toBeNull();
  first.unmount();
  show(<WaitlistPage />, session('agent'), '/agenda/waitlist');
  const row = (await screen.findByText('Customer a')).closest('tr')!;
  expect(row.textContent).toContain('Offered:');
  // Who is booked waits no more.
  expect(screen.getAllByRole('button', { name: 'Take off the list' })).toHaveLength(1);
  await userEvent.click(within(row).getByRole('button', { name: 'Take off the list' }));
  await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Take off the list' }));
  await waitFor(() => expect(asked.find((a) => a.method === 'DELETE')?.path).toBe('/v1/waitlist/a'));
});
