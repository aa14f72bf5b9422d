import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, expect, it, vi } from 'vitest';
import { loadTexts, startI18n } from '@/shared/i18n';
import { BankPage } from '../admin/BankPage';
import { Upload } from '../campaigns/Upload';
import { HookSecret } from '../flows/HookSecret';
import { Recordings } from '../phonecalls/Recordings';
import { people, serve, session, show } from '../testing';

beforeAll(async () => {
  await startI18n('console');
  await loadTexts('voice');
});

it('draws a new secret for what flows ask only after a warning, and shows it once', async () => {
  const asked = serve({ 'POST /v1/flows/hook-secret': { secret: 'whsec_c2VjcmV0' } });
  show(<HookSecret />, session('administrator'));
  await userEvent.click(screen.getByRole('button', { name: 'Draw a new secret' }));
  const sure = await screen.findByRole('dialog', { name: 'Draw a new secret?' });
  expect(asked).toEqual([]);
  await userEvent.click(within(sure).getByRole('button', { name: 'Draw a new secret' }));
  await screen.findByText('whsec_c2VjcmV0');
  await userEvent.click(within(screen.getByRole('dialog', { name: 'Secret for questions to the bank' })).getAllByRole('button', { name: 'Close' }).at(-1)!);
  await waitFor(() => expect(screen.queryByText('whsec_c2VjcmV0')).toBeNull());
});

it('plays what a caller said, and tells who has heard it', async () => {
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: () => 'blob:sound', revokeObjectURL: () => {} }));
  const events: object[] = [];
  const asked = serve({
    'GET /v1/events': () => ({ items: events }),
    'GET /v1/agents': { items: [] },
    'GET /v1/presence/agents': { items: [] },
    'GET /v1/phone-calls/c/recordings/r1': () => {
      events.push({ id: 'e1', type: 'phone_call.message_played', object: { type: 'phone_call', id: 'c' }, actor: { kind: 'agent', id: people.sofia }, data: { recording_id: 'r1' }, timestamp: '2026-11-20T08:00:00Z' });
      return { id: 'r1', wav: 'UklGRg==' };
    },
  });
  const recording = (id: string, state: string) => ({ id, name: `message ${id}`, state, seconds: 7, created_at: '2026-11-20T07:00:00Z' }) as never;
  const { container } = show(<Recordings callId="c" recordings={[recording('r1', 'kept'), recording('r2', 'fetching')]} />, session('supervisor'));
  expect(screen.queryByRole('button', { name: 'Listen: message r2' })).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Listen: message r1' }));
  const heard = await screen.findByRole('list', { name: 'Who listened' });
  expect(heard.textContent).toContain('Sofia Petrenko');
  expect(heard.closest('li')!.textContent).toContain('message r1');
  expect(container.querySelector('audio')!.src).toBe('blob:sound');
  expect(asked.find((a) => a.path === '/v1/events')!.query).toMatchObject({ type: 'phone_call.message_played', object_id: 'c' });
});

it('asks what the columns of a list are, and keeps it with the campaign before the list is sent', async () => {
  const sent: string[] = [];
  vi.stubGlobal('XMLHttpRequest', class {
    upload = {};
    open = (_: string, url: string) => sent.push(url);
    setRequestHeader = () => {};
    send = () => {};
    abort = () => {};
  });
  const asked = serve({
    'GET /v1/flows': { items: [{ name: 'payment', title: 'Payment', locales: ['en'], input: [{ name: 'amount', optional: false }], shipped: false, version: 3 }] },
    'PATCH /v1/campaigns/c1': { id: 'c1' },
  });
  const campaign = { id: 'c1', flow: 'payment', settings: { max_calls: 4 } } as never;
  const { container } = show(<Upload campaign={campaign} />, session('supervisor'));
  const file = new File(['Телефон;Сума\n+380501234567;5'], 'x.csv');
  Object.defineProperty(file, 'slice', { value: () => ({ text: () => Promise.resolve('Телефон;Сума\n+380501234567;5') }) });
  await screen.findByText(/amount/);
  await userEvent.upload(container.querySelector<HTMLInputElement>('input[type=file]')!, file);
  await screen.findByText('The flow needs a column for each variable with an asterisk.');
  expect((screen.getByRole('combobox', { name: 'Phone number' }) as HTMLInputElement).value).toBe('Телефон');
  expect((screen.getByRole('button', { name: 'Hand in the list' }) as HTMLButtonElement).disabled).toBe(true);
  const amount = screen.getByRole('combobox', { name: /amount/ });
  await userEvent.click(amount);
  await userEvent.click(within(document.getElementById(amount.getAttribute('aria-controls')!)!).getByRole('option', { name: 'Сума', hidden: true }));
  await userEvent.click(screen.getByRole('button', { name: 'Hand in the list' }));
  await waitFor(() => expect(sent).toEqual(['/v1/campaigns/c1/contacts/files?delimiter=semicolon']));
  expect(asked.find((a) => a.method === 'PATCH')!.body).toEqual({ settings: { max_calls: 4, columns: { phone: 'Телефон', amount: 'Сума' } } });
});

it('has four eyes for long lists as a setting of the bank, off by default', async () => {
  const bank = { id: 'b', name: 'Demo Bank', settings: { reminder_offsets: [], countries: [] } };
  const asked = serve({ 'GET /v1/bank': bank, 'PATCH /v1/bank': bank, 'GET /v1/queue': { items: [] } });
  show(<BankPage />, session('administrator'), '/admin/bank');
  const on = await screen.findByRole('switch', { name: /A second person approves long lists/ });
  expect((on as HTMLInputElement).checked).toBe(false);
  await userEvent.click(on);
  await userEvent.clear(screen.getByRole('textbox', { name: 'For lists with more contacts than' }));
  await userEvent.type(screen.getByRole('textbox', { name: 'For lists with more contacts than' }), '250');
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(asked.find((a) => a.method === 'PATCH')?.body).toMatchObject({ settings: { campaign_four_eyes: 250 } }));
});
