import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppProviders } from '@/shared/AppProviders';
import { pickLanguage, startI18n } from '@/shared/i18n';
import { type Asked, json, problem, serve } from '@/shared/testing/server';
import { visitTheme } from '@/shared/theme/theme';
import { App } from './App';
import { markAt } from './HoldNote';
import type { Visit } from './session';
import { whenText } from './When';
import { zonesFor } from './zonePick';

vi.mock('@/shared/call', async (original) => ({ ...(await original<object>()), useLocalMedia: () => ({ stop() {}, state: 'off', camera: {}, microphone: {} }) }));

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const base: Visit = {
  bank: { id: 'b', slug: 'demo', name: 'Demo Bank', time_zone: 'Asia/Ho_Chi_Minh' },
  customer: { phone_masked: '+84•••••4567', locale: 'en', time_zone: zone },
  scenario: { id: 's', slug: 'open-account', kind: 'identify', recorded: true, name: 'Open an account', description: '', purpose: '', reconnect_grace_seconds: 60 },
  proved: true, scopes: ['visit'], next_step: 'slot', consents: [], document_types: ['passport'], document_type: 'passport',
  form: { fields: [], version: 1, confirmed_version: 1 },
  identification: { id: 'i', state: 'open', reason: '' },
};
const soon = (minutes: number) => new Date(Math.ceil(Date.now() / 60_000) * 60_000 + minutes * 60_000).toISOString();
const start = soon(26 * 60);
const slot = { start, end: soon(26 * 60 + 15), free: 1 };
const booking = (more: object = {}) => ({
  id: 'bk', identification_id: 'i', customer_id: 'c', customer_name: '', scenario: { id: 's', slug: 'open-account', name: {} }, start, end: slot.end,
  time_zone: zone, state: 'confirmed', sequence: 0, reason: '', metadata: {}, created_at: start, updated_at: start, ...more,
}) as unknown as NonNullable<Visit['booking']>;
const held = () => ({ id: 'h', identification_id: 'i', start, end: slot.end, held_until: new Date(Date.now() + 9.5 * 60_000).toISOString() });

let visit: Visit;
let asked: Asked[];
function open(more: Parameters<typeof serve>[0] = {}) {
  asked = serve({ 'GET /v1/visit': () => json(visit), 'GET /v1/slots': () => json({ items: [slot], time_zone: zone }), ...more });
  return render(<AppProviders theme={visitTheme}><App /></AppProviders>);
}
const posted = (path: string) => asked.filter((a) => a.method === 'POST' && a.path === path);

beforeAll(() => startI18n('visit'));
beforeEach(async () => {
  sessionStorage.clear();
  localStorage.clear();
  await pickLanguage('en');
  window.scrollTo = () => {};
  window.history.replaceState(null, '', '/visit/');
  visit = structuredClone(base);
});

describe('a time', () => {
  it('that is chosen is held, with the time that is left in words, and then booked', async () => {
    open({
      'POST /v1/bookings/hold': () => json((visit = { ...visit, hold: held() }).hold, 201),
      'POST /v1/bookings': () => json(((visit = { ...visit, hold: undefined, next_step: 'wait', booking: booking() })).booking, 201),
    });
    await userEvent.click(await waitFor(() => { const e = document.querySelector<HTMLElement>(`[data-start="${start}"]`); expect(e).not.toBeNull(); return e!; }));
    await screen.findByText(/We keep this time for you/);
    expect(posted('/v1/bookings/hold')[0]!.body).toEqual({ start });
    expect(screen.getByRole('timer').textContent).toMatch(/^[789]:\d\d left$/);
    await userEvent.click(screen.getByRole('button', { name: /^Book/ }));
    await screen.findByRole('heading', { name: 'Your call is booked' });
    expect(posted('/v1/bookings')[0]!.body).toEqual({ start });
  });

  it('that somebody took first is not chosen, and it is said', async () => {
    open({ 'POST /v1/bookings/hold': () => problem(409, 'slot_taken') });
    await userEvent.click(await waitFor(() => { const e = document.querySelector<HTMLElement>(`[data-start="${start}"]`); expect(e).not.toBeNull(); return e!; }));
    await screen.findByText('Someone has just taken this time. Please choose another.');
    expect(screen.queryByRole('button', { name: /^Book/ })).toBeNull();
  });

  it('can be chosen before the document, and is shown on the way', async () => {
    visit = { ...visit, next_step: 'document', document_type: undefined };
    open({ 'POST /v1/bookings/hold': () => json((visit = { ...visit, hold: held() }).hold, 201) });
    await userEvent.click(await screen.findByRole('button', { name: /Choose your time first/ }));
    await userEvent.click(await waitFor(() => { const e = document.querySelector<HTMLElement>(`[data-start="${start}"]`); expect(e).not.toBeNull(); return e!; }));
    await userEvent.click(await screen.findByRole('button', { name: /^Keep/ }));
    await screen.findByRole('heading', { name: 'Which document will you show?' });
    await screen.findByText(/We keep this time for you/);
    expect(posted('/v1/bookings/hold')).toHaveLength(1);
  });

  it('is told in the zone that the customer picks, and the gateway knows it', async () => {
    open({ 'PATCH /v1/visit': ({ body }) => json((visit = { ...visit, customer: { ...visit.customer, ...(body as object) } })) });
    await userEvent.selectOptions(await screen.findByLabelText('Time zone'), 'Asia/Ho_Chi_Minh');
    await screen.findByText(/Indochina Time \(Ho Chi Minh\)/, { selector: '[role=status]' });
    expect(asked.find((a) => a.method === 'PATCH')!.body).toEqual({ time_zone: 'Asia/Ho_Chi_Minh' });
    expect(localStorage.getItem('visavis.zone')).toBe('Asia/Ho_Chi_Minh');
  });
});

describe('a booking', () => {
  beforeEach(() => {
    visit = { ...visit, next_step: 'wait', booking: booking() };
  });

  it('is confirmed by one press', async () => {
    open({ 'POST /v1/bookings/bk/confirm': () => json(booking({ acknowledged_at: start })) });
    await userEvent.click(await screen.findByRole('button', { name: 'Yes, I will be there' }));
    await screen.findByText(/we know that you will be there/);
  });

  it('is cancelled after asking, and after a code where the bank wants one', async () => {
    let proved = false;
    open({
      'POST /v1/bookings/bk/cancel': () => (proved ? json(((visit = { ...visit, next_step: 'slot', booking: booking({ state: 'cancelled' }) })).booking) : problem(403, 'number_not_proved')),
      'POST /v1/visit/code': () => json({ next_send_at: soon(1), expires_at: soon(5), way: 'sms', ways: [] }, 201),
      'POST /v1/visit/code/check': () => {
        proved = true;
        return json({ result: { approved: true, state: 'approved' }, visit });
      },
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Cancel the call' }));
    await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Yes, cancel' }));
    await screen.findByRole('heading', { name: 'Is it you?' });
    await userEvent.click(screen.getByRole('button', { name: 'Send me a code' }));
    await userEvent.type(await screen.findByLabelText('Code from the message'), '123456');
    await screen.findByRole('heading', { name: 'When may we call you?' });
    expect(posted('/v1/bookings/bk/cancel')).toHaveLength(2);
  });

  it('waits for an earlier time, and no more', async () => {
    const entry = { id: 'w', identification_id: 'i', customer_id: 'c', from: start, to: start, state: 'waiting', entered_at: start } as NonNullable<Visit['waitlist']>;
    open({
      'POST /v1/waitlist': () => json((visit = { ...visit, waitlist: entry }).waitlist, 201),
      'DELETE /v1/waitlist/w': () => json(undefined, 204),
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Tell me if something earlier becomes free' }));
    await screen.findByText('We tell you by message when an earlier time becomes free.');
    await userEvent.click(screen.getByRole('button', { name: 'Stop telling me' }));
    await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Stop telling me' }));
    await waitFor(() => expect(asked.some((a) => a.method === 'DELETE' && a.path === '/v1/waitlist/w')).toBe(true));
  });

  it('offers to call at once while the wait is short', async () => {
    visit = { ...visit, call_now: { estimated_wait_seconds: 125 } };
    open();
    await screen.findByText('The wait is short just now: about 2 minutes');
  });

  it('shows its code for the branch only when asked', async () => {
    open();
    expect(screen.queryByAltText('QR code to check in with')).toBeNull();
    await userEvent.click(await screen.findByRole('button', { name: 'At the branch: show my code' }));
    expect(screen.getByAltText<HTMLImageElement>('QR code to check in with').getAttribute('src')).toBe('/v1/bookings/bk/check-in.svg?as=customer');
  });
});

describe('an offer of the waitlist', () => {
  const earlier = soon(90);
  beforeEach(() => {
    visit = { ...visit, next_step: 'wait', booking: booking(), waitlist: { id: 'w', identification_id: 'i', customer_id: 'c', from: start, to: start, state: 'offered', entered_at: start, offer: { start: earlier, until: soon(12) } } };
  });

  it('is taken', async () => {
    open({ 'POST /v1/waitlist/w/accept': () => json(((visit = { ...visit, waitlist: undefined, booking: booking({ start: earlier }) })).booking) });
    await screen.findByRole('heading', { name: 'A time has become free' });
    await userEvent.click(screen.getByRole('button', { name: /^Move to/ }));
    await screen.findByRole('heading', { name: 'Your call is booked' });
    expect(document.querySelector('time')!.getAttribute('datetime')).toBe(earlier);
  });

  it('that went to the next says so, and the booking stays', async () => {
    open({ 'POST /v1/waitlist/w/accept': () => problem(409, 'offer_lapsed') });
    await userEvent.click(await screen.findByRole('button', { name: /^Move to/ }));
    await screen.findByRole('heading', { name: 'This time went to somebody else' });
    await userEvent.click(screen.getByRole('button', { name: 'Continue' }));
    await screen.findByRole('heading', { name: 'Your call is booked' });
  });

  it('can be put off and found again, and turned down after asking', async () => {
    open({ 'POST /v1/waitlist/w/decline': () => json((visit = { ...visit, waitlist: { ...visit.waitlist!, state: 'waiting', offer: undefined } }).waitlist) });
    await screen.findByRole('heading', { name: 'A time has become free' });
    await userEvent.click(screen.getByRole('button', { name: 'Back' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Look at it' }));
    await userEvent.click(await screen.findByRole('button', { name: 'No, thank you' }));
    expect(posted('/v1/waitlist/w/decline')).toHaveLength(0);
    await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'No, thank you' }));
    await screen.findByText('We tell you by message when an earlier time becomes free.');
  });
});

describe('what is said of the time left', () => {
  it('is said at some marks, once each, not every second', () => {
    expect(markAt(599, undefined)).toBeUndefined();
    expect([markAt(300, undefined), markAt(299, 300), markAt(119, 300), markAt(59, 120), markAt(30, 60), markAt(0, 30)]).toEqual([300, undefined, 120, 60, 30, undefined]);
    expect(markAt(45, undefined)).toBe(60); // the page was opened late
  });
});

it('tells apart the times that the clock shows twice', () => {
  expect([whenText('2026-10-25T00:30:00Z', 'time', 'en-GB', 'Europe/Berlin'), whenText('2026-10-25T01:30:00Z', 'time', 'en-GB', 'Europe/Berlin')]).toEqual(['02:30 (GMT+2)', '02:30 (GMT+1)']);
  expect(whenText('2026-10-25T03:30:00Z', 'time', 'en-GB', 'Europe/Berlin')).toBe('04:30');
});

it('offers the zones at hand first, each once', () => {
  const { near, all } = zonesFor('Asia/Tehran', undefined, 'Asia/Tehran');
  expect(near).toEqual(['Asia/Tehran']);
  expect(all).not.toContain('Asia/Tehran');
});
