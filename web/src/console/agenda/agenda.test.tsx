import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { pickLanguage, startI18n } from '@/shared/i18n';
import { type Asked, json, problem, serve } from '@/shared/testing/server';
import { showConsole } from '../testing/page';
import { AgendaPage } from './AgendaPage';
import { loadsOf, sharesOf, totalOf } from './capacity';

const scenario = { id: 'sc', slug: 'open-account', name: { en: 'Open an account' } };
const item = (id: string, start: string, more: object = {}) => ({
  id, identification_id: `i-${id}`, customer_id: `c-${id}`, customer_name: `Customer ${id}`, scenario, start, end: new Date(Date.parse(start) + 900_000).toISOString(),
  time_zone: 'Asia/Ho_Chi_Minh', state: 'confirmed', sequence: 3, movable: true, ...more,
});
const day = '2030-03-05';
const slot = (start: string) => ({ start, end: new Date(Date.parse(start) + 900_000).toISOString(), free: 1 });

let items: ReturnType<typeof item>[];
let asked: Asked[];
function open(more: Parameters<typeof serve>[0] = {}, at = `/?view=day&day=${day}`, role: 'supervisor' | 'agent' = 'supervisor') {
  asked = serve({
    'GET /v1/agenda': () => json({ items, more: false }),
    'GET /v1/capacity': () => json({ time_zone: 'UTC', interval_minutes: 60, scenarios: [{ scenario, intervals: [{ start: `${day}T09:00:00Z`, end: `${day}T10:00:00Z`, places: 8, booked: 3, held: 1, free: 4, forecast: 6 }] }] }),
    'GET /v1/slots': () => json({ time_zone: 'UTC', items: [slot(`${day}T09:00:00Z`), slot(`${day}T11:00:00Z`)] }),
    'GET /v1/scenarios': () => json({ items: [{ ...scenario, version: 1, enabled: true, definition: { name: scenario.name } }] }),
    'GET /v1/agents': () => json({ items: [] }),
    'GET /v1/working-hours': () => json({ items: [] }),
    'GET /v1/presence': () => json({ state: 'offline' }),
    'GET /v1/presence/agents': () => json({ items: [] }),
    'GET /v1/queue': () => json({ items: [], ready_agents: 0 }),
    'GET /v1/identifications/i-a': () => json({ id: 'i-a', state: 'open', customer: { phone: '+84•••', locale: 'en' } }),
    'GET /v1/bookings/a': () => json({ ...items[0], reason: '', reference: 'ref-7' }),
    'GET /v1/bookings/a/reminders': () => json({ items: [{ at: `${day}T08:00:00Z`, channels: ['push', 'sms'], always: false, recovery: false, state: 'done' }, { at: `${day}T09:00:00Z`, channels: ['voice'], always: false, recovery: false, state: 'planned' }] }),
    ...more,
  });
  return showConsole(<AgendaPage />, role, at);
}
const entry = async (name: RegExp) => within(await screen.findByRole('region', { name: 'Calendar' })).findByRole('button', { name });

beforeAll(() => startI18n('console'));
beforeEach(async () => {
  await pickLanguage('en');
  localStorage.clear();
  items = [item('a', `${day}T10:00:00Z`), item('b', `${day}T10:00:00Z`, { state: 'held', customer_name: undefined, movable: false, held_until: `${day}T10:00:00Z` })];
});

describe('the calendar', () => {
  it('shows bookings and holds with the customer’s own time, and the load in words', async () => {
    open();
    await entry(/^10:00 Customer a, Confirmed, Open an account, 17:00 for the customer$/);
    await entry(/^10:00 Being filled in, Held/);
    expect(within(await screen.findByRole('list', { name: /^Capacity/ })).getByText('09:00–10:00: 3 of 8 booked, 1 held, 6 expected')).toBeTruthy();
    expect(asked.some((a) => a.path === '/v1/agenda' && a.query.get('from') === `${day}T00:00:00.000Z`)).toBe(true);
  });

  it('marks a day of 23 hours, and asks for just that day', async () => {
    localStorage.setItem('visavis.agendaZone', JSON.stringify('Europe/Berlin'));
    items = [];
    open({}, '/?view=day&day=2030-03-31');
    await screen.findByText(/23-hour day: clocks change/);
    const range = asked.find((a) => a.path === '/v1/agenda' && a.query.get('from')!.startsWith('2030'))!.query;
    expect((Date.parse(range.get('to')!) - Date.parse(range.get('from')!)) / 3_600_000).toBe(23);
  });

  it('filters by state', async () => {
    open();
    await entry(/Customer a/);
    await userEvent.click(screen.getByRole('button', { name: 'Filter' }));
    // Without a layout the popover is soon taken for one whose button is out of sight, and hidden.
    await userEvent.click(await screen.findByRole('combobox', { name: 'State', hidden: true }));
    await userEvent.click(await screen.findByRole('option', { name: 'Held', hidden: true }));
    await waitFor(() => expect(document.querySelector('section [data-booking="a"]')).toBeNull());
    expect(document.querySelector('section [data-booking="b"]')).not.toBeNull();
  });

  it('says when it cannot be read, and tries again', async () => {
    let broken = true;
    open({ 'GET /v1/agenda': () => (broken ? problem(403, 'forbidden') : json({ items, more: false })) });
    const main = await screen.findAllByRole('button', { name: 'Try again' });
    broken = false;
    await userEvent.click(main[0]!);
    await entry(/Customer a/);
  });
});

/** Moves the booking a by its dialogue. */
async function moveByKeys() {
  const own = await entry(/Customer a/);
  own.focus();
  fireEvent.keyDown(own, { key: 'm' });
  await userEvent.click(await screen.findByRole('button', { name: '11:00' }));
  await userEvent.click(screen.getByRole('button', { name: /^Move to/ }));
}

describe('moving', () => {
  it('by keys moves at once, sends what was seen, and can be undone', async () => {
    open({
      'POST /v1/bookings/a/move': ({ body }) => {
        const { start } = body as { start: string };
        items[0] = item('a', start, { sequence: items[0]!.sequence + 1 });
        return json(items[0]);
      },
    });
    await moveByKeys();
    await screen.findByText(/Customer a was moved to/);
    expect(asked.find((a) => a.path === '/v1/bookings/a/move')!.body).toEqual({ start: `${day}T11:00:00Z`, sequence: 3 });
    await userEvent.click(screen.getByRole('button', { name: 'Undo' }));
    await screen.findByText(/Customer a is back at/);
    expect(asked.filter((a) => a.path === '/v1/bookings/a/move').at(-1)!.body).toEqual({ start: `${day}T10:00:00Z`, sequence: 4 });
    await entry(/^10:00 Customer a/);
  });

  it('to a time that is taken goes back and says why', async () => {
    open({ 'POST /v1/bookings/a/move': () => problem(409, 'slot_taken') });
    await moveByKeys();
    await screen.findByText(/is no longer free\. Customer a stays at/);
    expect(document.querySelector('section [data-booking="a"]')!.getAttribute('aria-label')).toMatch(/^10:00/);
  });

  it('by the mouse drops on the nearest free time only', async () => {
    const moved = vi.fn(() => json(item('a', `${day}T11:00:00Z`, { sequence: 4 })));
    open({ 'POST /v1/bookings/a/move': moved });
    const own = await entry(/Customer a/);
    const column = own.closest('section')!;
    vi.spyOn(column, 'getBoundingClientRect').mockReturnValue({ left: 0, right: 500, top: 0, bottom: 48 * 44, width: 500, height: 48 * 44, x: 0, y: 0, toJSON: () => '' });
    vi.spyOn(own, 'getBoundingClientRect').mockReturnValue({ left: 0, right: 400, top: 880, bottom: 902, width: 400, height: 22, x: 0, y: 880, toJSON: () => '' });
    const pointer = (type: string, target: Element | Window, clientY: number) =>
      act(async () => {
        const event = new MouseEvent(type, { bubbles: true, clientX: 50, clientY, button: 0 });
        Object.assign(event, { pointerId: 1, pointerType: 'mouse' });
        Object.defineProperty(event, 'pointerId', { value: 1 });
        target.dispatchEvent(event);
      });
    await pointer('pointerdown', own, 885);
    await pointer('pointermove', window, 960); // 10:50
    await screen.findByText('11:00', { selector: '[role=status]' });
    await pointer('pointerup', window, 960);
    await waitFor(() => expect(moved).toHaveBeenCalledTimes(1));
    expect(asked.find((a) => a.path === '/v1/bookings/a/move')!.body).toMatchObject({ start: `${day}T11:00:00Z` });
    // Far from any free time: it stays.
    await pointer('pointerdown', own, 885);
    await pointer('pointermove', window, 1500);
    await pointer('pointerup', window, 1500);
    await screen.findByText(/Nothing is free there/);
    expect(moved).toHaveBeenCalledTimes(1);
  });

  it('is not offered to who may not', async () => {
    items = [item('a', `${day}T10:00:00Z`, { movable: false })];
    open({}, undefined, 'agent');
    const own = await entry(/Customer a/);
    expect(own.getAttribute('aria-keyshortcuts')).toBeNull();
    fireEvent.keyDown(own, { key: 'm' });
    expect(screen.queryByText('Choose a new time')).toBeNull();
  });
});

it('cancels only after asking, with the reason', async () => {
  open({ 'POST /v1/bookings/a/cancel': () => json({ ...items[0], state: 'cancelled' }) });
  await userEvent.click(await entry(/Customer a/));
  await screen.findByText('ref-7');
  const reminders = await screen.findByRole('region', { name: 'Reminders' });
  expect((await within(reminders).findAllByRole('listitem')).map((li) => li.textContent)).toEqual([expect.stringMatching(/08:00 · Push \+ SMS.*Sent/), expect.stringMatching(/09:00 · Voice call.*Planned/)]);
  await userEvent.click(screen.getByRole('button', { name: 'Cancel the booking' }));
  expect(asked.some((a) => a.path.endsWith('/cancel'))).toBe(false);
  const dialog = await screen.findByRole('dialog', { name: 'Cancel this booking?' });
  await userEvent.type(within(dialog).getByLabelText('Reason'), 'ill');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Cancel the booking' }));
  await screen.findByText('The booking was cancelled.');
  expect(asked.find((a) => a.path === '/v1/bookings/a/cancel')!.body).toEqual({ reason: 'ill' });
});

describe('capacity', () => {
  const interval = (booked: number, held: number, places: number, forecast?: number) => ({ start: `${day}T09:00:00Z`, end: `${day}T10:00:00Z`, places, booked, held, free: 1, ...(forecast !== undefined && { forecast }) });
  it('adds up what is booked, not the places of the same people', () => {
    const loads = loadsOf({ scenarios: [{ intervals: [interval(2, 1, 8, 3)] }, { intervals: [interval(1, 0, 4)] }] } as never);
    expect(loads).toMatchObject([{ places: 8, booked: 3, held: 1, forecast: 3 }]);
    expect(sharesOf(loads[0]!)).toEqual({ booked: 3 / 8, held: 1 / 8, forecast: 3 / 8 });
    expect(totalOf(loads, Date.parse(`${day}T00:00:00Z`), Date.parse(`${day}T09:00:00Z`))).toEqual({ places: 0, booked: 0, held: 0, free: 0 });
  });
  it('is full, not more, where more is booked than there are places', () => {
    expect(sharesOf(loadsOf({ scenarios: [{ intervals: [interval(5, 1, 4, 20)] }] } as never)[0]!)).toEqual({ booked: 5 / 6, held: 1 / 6, forecast: 1 });
  });
});
