import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { startI18n } from '@/shared/i18n';
import { problem, serve, session, show } from '../testing';
import { KioskPage } from './KioskPage';

beforeAll(() => startI18n('console'));
beforeEach(() => localStorage.clear());

/** As serve, and what was sent with its headers. */
function serveKiosk(answers: Parameters<typeof serve>[0]) {
  const sent: Request[] = [];
  const asked = serve(answers);
  const fetched = globalThis.fetch;
  vi.stubGlobal('fetch', (request: Request) => {
    sent.push(request);
    return fetched(request);
  });
  return { asked, sent };
}

const ticket = (more: object = {}) => ({ id: 't1', branch: 'kyiv-1', number: 17, code: 'x', code_sent: false, issued_at: '2026-11-20T08:00:00Z', ...more });
const ready = () => localStorage.setItem('visavis.kiosk', JSON.stringify({ key: 'vk_kiosk', branch: 'kyiv-1' }));

it('is set up with a key and a branch, and gives numbers by that key', async () => {
  const { asked, sent } = serveKiosk({ 'POST /v1/tickets': ticket(), 'GET /v1/tickets/t1/qr.svg': '<svg/>' });
  show(<KioskPage />, session('agent'));
  await userEvent.type(screen.getByLabelText(/API key/), 'vk_kiosk');
  await userEvent.type(screen.getByLabelText(/Branch/), 'no such branch!');
  await userEvent.click(screen.getByRole('button', { name: 'Begin' }));
  await screen.findByText('This is not the name of a branch.');
  await userEvent.clear(screen.getByLabelText(/Branch/));
  await userEvent.type(screen.getByLabelText(/Branch/), 'kyiv-1');
  await userEvent.click(screen.getByRole('button', { name: 'Begin' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Without a phone number' }));
  await screen.findByText('17');
  expect(asked[0]!.body).toEqual({ branch: 'kyiv-1' });
  expect(sent[0]!.headers.get('authorization')).toBe('Bearer vk_kiosk');
  expect(sent[0]!.credentials).toBe('omit');
  expect((await screen.findByRole('img', { name: 'QR code of number 17' })).getAttribute('src')).toContain('data:image/svg+xml,');
  await userEvent.click(screen.getByRole('button', { name: 'Done' }));
  await screen.findByRole('heading', { name: 'Welcome. Please take a number.' });
});

it('proves a phone number by its code, and says how many tries are left', async () => {
  ready();
  let right = false;
  serveKiosk({
    'POST /v1/tickets': ticket({ code_sent: true }), 'GET /v1/tickets/t1/qr.svg': '<svg/>',
    'POST /v1/tickets/t1/check': () => ({ identified: right, checks_left: 4 }),
  });
  show(<KioskPage />, session('agent'));
  await userEvent.click(screen.getByRole('button', { name: 'With my phone number' }));
  await userEvent.type(screen.getByLabelText(/Your phone number/), '+380501234567');
  await userEvent.click(screen.getByRole('button', { name: 'Take a number' }));
  await userEvent.type(await screen.findByLabelText('Code from the SMS'), '000000');
  await screen.findByText('Wrong code. 4 tries left.');
  right = true;
  await userEvent.type(screen.getByLabelText('Code from the SMS'), '123456');
  await screen.findByText('Thank you. We know who you are.');
});

it('takes what a card reader types, and says when its key is not valid', async () => {
  ready();
  const { asked } = serveKiosk({ 'POST /v1/tickets': () => problem(401, 'unauthenticated') });
  show(<KioskPage />, session('agent'));
  await userEvent.keyboard(`${'ab'.repeat(32)}{Enter}`);
  const alert = await screen.findByRole('alert');
  expect(asked[0]!.body).toEqual({ branch: 'kyiv-1', card_hash: 'ab'.repeat(32) });
  await userEvent.click(within(alert).getByRole('button', { name: 'Set up this kiosk' }));
  await screen.findByRole('button', { name: 'Begin' });
  expect(localStorage.getItem('visavis.kiosk')).toBeNull();
});

it('forgets the number on its screen when nobody does anything', async () => {
  ready();
  serveKiosk({ 'POST /v1/tickets': ticket(), 'GET /v1/tickets/t1/qr.svg': '<svg/>' });
  show(<KioskPage />, session('agent'));
  vi.useFakeTimers({ shouldAdvanceTime: true });
  try {
    await userEvent.setup({ advanceTimers: vi.advanceTimersByTime }).click(screen.getByRole('button', { name: 'Without a phone number' }));
    await screen.findByText('17');
    act(() => void vi.advanceTimersByTime(46_000));
    await waitFor(() => expect(screen.queryByText('17')).toBeNull());
  } finally {
    vi.useRealTimers();
  }
});
