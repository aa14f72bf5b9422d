import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pickLanguage, startI18n } from '@/shared/i18n';
import { type Asked, json, problem, serve } from '@/shared/testing/server';
import { BranchPage } from '../branch/BranchPage';
import { bookingOf } from '../branch/codes';
import { BookingRulesPage } from '../bookingrules/BookingRulesPage';
import { me, showConsole } from '../testing/page';
import { daysText, wrongWith } from './Exceptions';
import { HolidaysPage } from './HolidaysPage';
import { HoursPage } from './HoursPage';
import { MyHoursPage } from './MyHoursPage';

const bob = 'a0000000-0000-4000-8000-000000000002';
const span = (weekday: number, starts = '09:00', ends = '17:00') => ({ weekday, starts, ends, time_zone: 'UTC', kind: 'work' });
const frame = {
  'GET /v1/presence': () => json({ state: 'offline' }),
  'GET /v1/presence/agents': () => json({ items: [] }),
  'GET /v1/queue': () => json({ items: [], ready_agents: 0 }),
  'GET /v1/agents': () => json({ items: [{ id: bob, name: 'Bob', role: 'agent', enabled: true }] }),
  'GET /v1/agents/me/calendar-feeds': () => json({ items: [] }),
  'GET /v1/working-hours': ({ query }: Asked) => json({ items: [{ agent_id: query.get('agent_id'), hours: [span(1)] }] }),
  'GET /v1/hours-changes': () => json({ items: [] }),
  'GET /v1/calendar-exceptions': () => json({ items: [] }),
};

beforeAll(() => startI18n('console'));
beforeEach(() => pickLanguage('en'));

describe('my hours', () => {
  it('are asked for, with a break, and wait for somebody else', async () => {
    let waiting: object[] = [];
    const asked = serve({
      ...frame,
      'GET /v1/hours-changes': () => json({ items: waiting }),
      'PUT /v1/working-hours': ({ body }) => {
        waiting = [{ id: 'x', agent_id: me, before: [span(1)], after: (body as { hours: object[] }).hours, state: 'requested', asked_at: '2030-01-01T00:00:00Z', conflicts: [] }];
        return json(waiting[0], 202);
      },
    });
    showConsole(<MyHoursPage />, 'agent');
    await userEvent.click(await screen.findByRole('button', { name: 'Add a break on Monday' }));
    await userEvent.click(screen.getByRole('button', { name: 'Ask for approval' }));
    await screen.findByText('Your change waits for approval');
    expect(asked.find((a) => a.method === 'PUT')!.body).toEqual({ agent_id: me, hours: [span(1), { ...span(1, '12:00', '13:00'), kind: 'break' }] });
    screen.getByText(/Monday .*12:00–13:00/);
  });

  it('show a feed’s address once, and end it', async () => {
    let feeds: object[] = [];
    const asked = serve({
      ...frame,
      'GET /v1/agents/me/calendar-feeds': () => json({ items: feeds }),
      'POST /v1/agents/me/calendar-feeds': () => {
        feeds = [{ id: 'f', name: 'Phone', created_at: '2030-01-01T00:00:00Z' }];
        return json({ feed: feeds[0], url: 'https://id.example/calendar/secret.ics' }, 201);
      },
      'DELETE /v1/agents/me/calendar-feeds/f': () => {
        feeds = [];
        return json(undefined, 204);
      },
    });
    showConsole(<MyHoursPage />, 'agent');
    await userEvent.type(await screen.findByLabelText('What it is for'), 'Phone');
    await userEvent.click(screen.getByRole('button', { name: 'Make an address' }));
    const dialog = await screen.findByRole('dialog', { name: 'Address of your calendar' });
    within(dialog).getByText('https://id.example/calendar/secret.ics');
    await userEvent.click(within(dialog).getAllByRole('button', { name: 'Close' }).at(-1)!);
    await waitFor(() => expect(screen.queryByText('https://id.example/calendar/secret.ics')).toBeNull());
    await userEvent.click(await screen.findByRole('button', { name: 'End: Phone' }));
    await userEvent.click(within(await screen.findByRole('dialog', { name: 'End “Phone”?' })).getByRole('button', { name: 'End' }));
    await waitFor(() => expect(asked.some((a) => a.method === 'DELETE')).toBe(true));
    await waitFor(() => expect(screen.queryByRole('button', { name: 'End: Phone' })).toBeNull());
  });

  it('take no exception that makes no sense', async () => {
    const asked = serve(frame);
    showConsole(<MyHoursPage />, 'agent');
    await userEvent.click(await screen.findByRole('button', { name: 'Add days' }));
    await userEvent.click(screen.getAllByRole('button', { name: 'Ask for approval' })[1]!);
    await screen.findByText('Please choose the first day.');
    expect(asked.some((a) => a.method === 'POST' && a.path === '/v1/calendar-exceptions')).toBe(false);
  });
});

describe('a supervisor', () => {
  const change = { id: 'x', agent_id: bob, before: [span(1)], after: [span(1, '10:00')], state: 'requested', asked_by: bob, asked_at: '2030-01-01T00:00:00Z', conflicts: [] };
  const conflict = { booking_id: 'b1', identification_id: 'i1', start: '2030-01-07T09:00:00Z', end: '2030-01-07T09:15:00Z' };

  it('sees what a request changes and whom it concerns before deciding, and what became of the bookings', async () => {
    const asked = serve({
      ...frame,
      'GET /v1/hours-changes': ({ query }) => json({ items: query.get('agent_id') ? [] : [change] }),
      'GET /v1/hours-changes/x': () => json({ ...change, conflicts: [{ ...conflict, action: 'undecided' }] }),
      'POST /v1/hours-changes/x/approve': () => json({ ...change, state: 'approved', conflicts: [{ ...conflict, action: 'nobody_free' }] }),
    });
    showConsole(<HoursPage />);
    await screen.findByLabelText(/^No longer: Monday .*09:00–17:00/);
    await userEvent.click(await screen.findByRole('button', { name: 'Look and decide: Bob' }));
    await screen.findByText('The agent would no longer work then.');
    await userEvent.type(screen.getByLabelText('A word to who asked'), 'fine');
    await userEvent.click(screen.getByRole('button', { name: 'Approve' }));
    await screen.findByText(/Nobody is free then/);
    expect(asked.find((a) => a.path.endsWith('/approve'))!.body).toEqual({ note: 'fine' });
  });

  it('does not decide what is their own', async () => {
    serve({ ...frame, 'GET /v1/hours-changes': ({ query }) => json({ items: query.get('agent_id') ? [] : [{ ...change, agent_id: me, asked_by: me }] }) });
    showConsole(<HoursPage />);
    await screen.findByText('Another person decides this one.');
    expect(screen.queryByRole('button', { name: /Look and decide/ })).toBeNull();
  });

  it('imports holidays and is told what was not taken over', async () => {
    const calendar = { id: 'c', name: 'Vietnam', everyone: true, agent_ids: [], holidays: [], created_at: '2030-01-01T00:00:00Z', updated_at: '2030-01-01T00:00:00Z' };
    const asked = serve({
      ...frame,
      'GET /v1/holiday-calendars': () => json({ items: [calendar] }),
      'POST /v1/holiday-calendars/c/import': () => json({ calendar: { ...calendar, holidays: [{ date: '2030-09-02', name: 'National Day' }] }, imported: 1, removed: 0, skipped: [{ event: 2, summary: 'Lunch', reason: 'not an all-day event' }] }),
    });
    const { container } = showConsole(<HolidaysPage />);
    await screen.findByRole('button', { name: 'Import .ics: Vietnam' });
    await userEvent.upload(container.querySelector<HTMLInputElement>('input[type=file]')!, Object.assign(new File(['BEGIN:VCALENDAR'], 'vn.ics', { type: 'text/calendar' }), { text: async () => 'BEGIN:VCALENDAR' })); // jsdom's files have no text()
    await screen.findByText(/1 date was imported/);
    screen.getByText('not an all-day event');
    screen.getByText('2 September 2030');
    expect(asked.find((a) => a.path.endsWith('/import'))!.body).toEqual({ ics: 'BEGIN:VCALENDAR' });
  });
});

describe('booking rules', () => {
  const definition = { name: { en: 'Open an account' }, form: [], consents: [], script: [], document_types: [], settings: { slot_minutes: 5, link_days: 3 } };
  const answers = {
    ...frame,
    'GET /v1/scenarios': () => json({ items: [{ id: 'sc', slug: 'open-account', version: 1, enabled: true, definition }] }),
    'GET /v1/reminder-ladder': () => json({ own: false, steps: [{ offset_seconds: -3600, channels: ['sms'], always: false }], recovery: [] }),
  };
  it('change what was changed and keep the rest of the scenario', async () => {
    const asked = serve({ ...answers, 'PUT /v1/scenarios/sc': () => json({}) });
    showConsole(<BookingRulesPage />, 'administrator');
    const hold = await screen.findByLabelText('A time is held for');
    await userEvent.clear(hold);
    await userEvent.type(hold, '99');
    await screen.findByText('A whole number from 1 to 60');
    expect(screen.getAllByRole<HTMLButtonElement>('button', { name: 'Save' })[0]!.disabled).toBe(true);
    await userEvent.clear(hold);
    await userEvent.type(hold, '7');
    await userEvent.click(screen.getAllByRole('button', { name: 'Save' })[0]!);
    await waitFor(() => expect(asked.find((a) => a.method === 'PUT')?.body).toEqual({ definition: { ...definition, settings: { slot_minutes: 5, link_days: 3, booking: { hold_minutes: 7 } } } }));
  });
  it('set a ladder of the scenario’s own, in the order of time', async () => {
    const asked = serve({ ...answers, 'PUT /v1/reminder-ladder': () => json({ own: true, steps: [], recovery: [] }) });
    showConsole(<BookingRulesPage />, 'administrator');
    const own = await screen.findByRole('region', { name: 'Reminders of this scenario' });
    await userEvent.click(within(own).getByRole('button', { name: 'Change for this' }));
    await userEvent.click(within(own).getAllByRole('button', { name: 'Add a step' })[0]!);
    within(own).getAllByText('Another step does the same at the same time.');
    await userEvent.click(within(own).getAllByLabelText('Push')[1]!);
    await userEvent.click(within(own).getAllByLabelText('SMS')[1]!);
    await userEvent.click(within(own).getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(asked.find((a) => a.method === 'PUT')?.body).toEqual({ steps: [{ offset_seconds: -3600, channels: ['sms'], always: false }, { offset_seconds: -3600, channels: ['push'], always: false }], recovery: [] }));
    expect(asked.find((a) => a.method === 'PUT')!.query.get('scenario_id')).toBe('sc');
  });
});

describe('the branch', () => {
  it('checks in by the code that a scanner types, and says why not', async () => {
    const id = '0199a6f0-5f0e-7c3b-9d3e-2b1f6a7c8d90';
    const code = `VISAVIS:${id}:c2lnbmF0dXJl`;
    let early = true;
    const asked = serve({
      ...frame,
      'GET /v1/tickets': () => json({ items: [] }),
      [`POST /v1/bookings/${id}/check-in`]: () => (early ? problem(409, 'too_early') : json({ booking_id: id, start: '2030-01-01T10:00:00Z', end: '2030-01-01T10:15:00Z', checked_in_at: '2030-01-01T09:50:00Z' })),
    });
    showConsole(<BranchPage />, 'agent');
    const field = await screen.findByLabelText('Code of the customer');
    await userEvent.type(field, 'hello{enter}');
    await screen.findByText('This is no code of ours.');
    await userEvent.clear(field);
    await userEvent.type(field, `${code}{enter}`);
    await screen.findByText(/too early/);
    early = false;
    await userEvent.click(screen.getByRole('button', { name: 'Check in' }));
    await screen.findByText(/Checked in for/);
    expect(asked.filter((a) => a.path.endsWith('/check-in')).at(-1)!.body).toEqual({ code });
  });
  it('knows its codes', () => {
    expect([bookingOf('VISAVIS:x:y'), bookingOf('https://evil.example'), bookingOf(' VISAVIS:0199A6F0-5f0e-7c3b-9d3e-2b1f6a7c8d90:a ')]).toEqual([undefined, undefined, '0199a6f0-5f0e-7c3b-9d3e-2b1f6a7c8d90']);
  });
});

describe('an exception', () => {
  const good = { kind: 'absence' as const, first: '2030-01-02', last: null, starts: '', ends: '', zone: null };
  it('is checked before it is sent', () => {
    expect(wrongWith(good)).toBeUndefined();
    expect([wrongWith({ ...good, first: null }), wrongWith({ ...good, last: '2030-01-01' }), wrongWith({ ...good, starts: '10:00' }), wrongWith({ ...good, kind: 'extra' }), wrongWith({ ...good, kind: 'travel' })]).toEqual(['first', 'last', 'clock', 'extra', 'zone']);
    expect(wrongWith({ ...good, kind: 'extra', starts: '18:00', ends: '24:00' })).toBeUndefined();
  });
  it('names its days in the calendar of the language', () => {
    expect(daysText({ first_on: '2026-11-22', last_on: '2026-11-23' }, 'en-GB')).toBe('22 November 2026 – 23 November 2026');
    expect(daysText({ first_on: '2026-11-22', last_on: '2026-11-22' }, 'fa-IR-u-ca-persian-nu-arabext')).toContain('آذر');
  });
});
