import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { Schema } from '@/api';
import { pickLanguage, startI18n } from '@/shared/i18n';
import { ChatBotPage } from '../admin/ChatBotPage';
import { people, problem, serve, session, show } from '../testing';
import { ChatPane } from './ChatPane';
import { ChatsPage } from './ChatsPage';

const id = 'e0000000-0000-4000-8000-000000000001';
const path = `/v1/identifications/${id}/thread`;
const customer = { id: 'c', name: 'Lan Nguyen', phone: '+84•••••4567', locale: 'vi', time_zone: 'Asia/Ho_Chi_Minh' };
const summary = (more: Partial<Schema<'ThreadSummary'>> = {}) =>
  ({ identification_id: id, state: 'waiting', asked_at: '2026-11-22T09:00:00Z', asked_why: 'bot', verified: true, customer, scenario: { id: 's', slug: 'open-account', name: { en: 'Open an account' } }, unread: 2, last_at: '2026-11-22T09:00:00Z', last_role: 'customer', last_text: 'It is complicated', ...more }) as Schema<'ThreadSummary'>;
const thread = (more: Partial<Schema<'Thread'>> = {}) =>
  ({ identification_id: id, state: 'waiting', asked_at: '2026-11-22T09:00:00Z', asked_why: 'bot', verified: false, bot_on: true, unread: 0, items: [{ id: '01a20102-0000-7000-8000-000000000001', role: 'customer', text: 'It is complicated', verified: false, at: '2026-11-22T09:00:00Z', quick_replies: [] }], ...more }) as Schema<'Thread'>;

beforeAll(() => startI18n('console'));
beforeEach(() => pickLanguage('en'));

it('lists who waits, longest first, by filters, and opens one', async () => {
  const later = summary({ identification_id: 'e0000000-0000-4000-8000-000000000002', asked_at: '2026-11-22T09:05:00Z', customer: { ...customer, name: 'Minh Tran' } as never });
  const asked = serve({ 'GET /v1/threads': { items: [later, summary()] }, [`GET ${path}`]: thread() });
  show(<Routes><Route path="/chats" element={<ChatsPage />} /><Route path="/chats/:identificationId" element={<ChatsPage />} /></Routes>, session('agent'), '/chats');
  // By text: names of roles are dear to work out in the whole frame.
  await screen.findByText('Minh Tran');
  const rows = [...document.querySelectorAll<HTMLElement>('a[href^="/chats/"]')];
  expect(rows.map((r) => r.textContent)).toEqual([expect.stringContaining('Lan Nguyen'), expect.stringContaining('Minh Tran')]);
  fireEvent.click(screen.getByLabelText('Unread only'));
  fireEvent.click(screen.getByLabelText('Mine'));
  await waitFor(() => expect(asked.filter((a) => a.path === '/v1/threads').map((a) => a.query)).toContainEqual({ agent_id: people.sofia, unread: 'true', limit: '100' }));
  fireEvent.click(await screen.findByText('Lan Nguyen'));
  await waitFor(() => expect(document.querySelector('[role=log]')).toBeTruthy());
  expect(screen.getByText('Open the case').closest('a')?.getAttribute('href')).toContain(id);
});

it('is taken over, answered and handed back; who speaks is told', async () => {
  let now = thread();
  const asked = serve({
    [`GET ${path}`]: () => now,
    [`POST ${path}/take-over`]: () => { now = thread({ state: 'person', agent_id: people.sofia, agent_name: 'Sofia Petrenko' }); return now; },
    [`POST ${path}/hand-back`]: () => { now = thread({ state: 'bot' }); return now; },
    [`POST ${path}/lines`]: () => now.items[0],
  });
  show(<ChatPane identificationId={id} customerName="Lan Nguyen" />, session('agent'));
  expect(await screen.findByText(/The bot asks for a person, since/)).toBeTruthy();
  expect(screen.getByText('Number not proved')).toBeTruthy();
  expect(screen.queryByLabelText('Write a message')).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Take over' }));
  expect(await screen.findByText('You have this chat: the bot is silent.')).toBeTruthy();
  await userEvent.type(screen.getByLabelText('Write a message'), 'Good morning{Enter}');
  await waitFor(() => expect(asked.find((a) => a.path === `${path}/lines`)?.body).toEqual({ text: 'Good morning' }));
  await userEvent.click(screen.getByRole('button', { name: 'Hand back to the bot' }));
  expect(await screen.findByText('The bot answers.')).toBeTruthy();
  expect(asked.find((a) => a.path === `${path}/hand-back`)?.body).toEqual({ to: 'bot' });
});

it('of a colleague is taken by a supervisor only; an auditor reads', async () => {
  const taken = thread({ state: 'person', agent_id: people.bob, agent_name: 'Bob Tran' });
  serve({ [`GET ${path}`]: taken });
  const first = show(<ChatPane identificationId={id} />, session('agent'));
  expect(await screen.findByText('Bob Tran has this chat.')).toBeTruthy();
  expect(screen.queryByRole('button', { name: /Take over/ })).toBeNull();
  first.unmount();
  const second = show(<ChatPane identificationId={id} />, session('supervisor'));
  expect(await screen.findByRole('button', { name: 'Take over from Bob Tran' })).toBeTruthy();
  second.unmount();
  const asked = serve({ [`GET ${path}`]: thread({ unread: 2 }) });
  show(<ChatPane identificationId={id} />, session('auditor'));
  expect(await screen.findByText('It is complicated')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Take over' })).toBeNull();
  expect(asked.every((a) => a.method === 'GET')).toBe(true);
});

it('sets the bot and shows its secret once; what is wrong stands at the field', async () => {
  let wrong = true;
  const asked = serve({
    'GET /v1/chat-bot': { enabled: false, seconds: 5 },
    'PUT /v1/chat-bot': () => {
      if (!wrong) return { enabled: true, url: 'https://bot.example/ask', seconds: 5, secret: 'whsec_abc' };
      const refused = problem(400, 'invalid_request');
      return { ...refused, problem: { ...refused.problem, fields: [{ field: 'url', reason: 'must be https' }] } };
    },
  });
  show(<ChatBotPage />, session('administrator'), '/admin/chat-bot');
  await userEvent.click(await screen.findByLabelText('The bot answers first'));
  await userEvent.type(screen.getByLabelText(/Address/), 'http://bot.example');
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('must be https')).toBeTruthy();
  wrong = false;
  await userEvent.clear(screen.getByLabelText(/Address/));
  await userEvent.type(screen.getByLabelText(/Address/), 'https://bot.example/ask');
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('whsec_abc')).toBeTruthy();
  expect(asked.findLast((a) => a.method === 'PUT')?.body).toEqual({ enabled: true, url: 'https://bot.example/ask', seconds: 5 });
});
