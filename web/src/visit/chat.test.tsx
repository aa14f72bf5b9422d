import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { Schema } from '@/api';
import { AppProviders } from '@/shared/AppProviders';
import { languageCodes } from '@/shared';
import { pickLanguage, startI18n } from '@/shared/i18n';
import { json, problem, serve } from '@/shared/testing/server';
import { visitTheme } from '@/shared/theme/theme';
import { ChatProvider } from './Chat';
import { TalkToPerson } from './help';
import { Screen } from './Screen';
import { type Visit, VisitContext } from './session';

const id = 'e0000000-0000-4000-8000-000000000001';
const visit = { bank: { id: 'b', slug: 'demo', name: 'Demo Bank', time_zone: 'UTC' }, identification: { id, state: 'open' }, scenario: { kind: 'identify' }, consents: [], form: { fields: [] }, document_types: ['passport'], proved: true, next_step: 'form' } as unknown as Visit;
type Entry = Schema<'ThreadEntry'>;
let n = 0;
const entry = (role: Entry['role'], more: Partial<Entry>): Entry => ({ id: `01a20102-0000-7000-8000-${String(++n).padStart(12, '0')}`, role, verified: true, at: '2026-11-22T09:00:00Z', quick_replies: [], ...more });
const thread = (items: Entry[], more: Partial<Schema<'Thread'>> = {}): Schema<'Thread'> => ({ identification_id: id, state: 'bot', verified: true, bot_on: true, unread: 0, items: [...items].reverse(), ...more });
const path = `/v1/identifications/${id}/thread`;
let went: unknown;
const show = (inCall = false) =>
  render(
    <AppProviders theme={visitTheme}>
      <VisitContext value={{ visit, setVisit() {}, refresh: async () => {}, goTo: (to) => { went = to; } }}>
        <ChatProvider inCall={inCall}><Screen name="form" title="About you">the form <TalkToPerson bank="Demo Bank" /></Screen></ChatProvider>
      </VisitContext>
    </AppProviders>,
  );

beforeAll(() => startI18n('visit'));
beforeEach(async () => {
  await pickLanguage('en');
  window.scrollTo = () => {};
  went = undefined;
});

it('opens from every screen, tells what is new, and what is seen is read', async () => {
  const asked = serve({ [`GET ${path}`]: () => json(thread([entry('agent', { text: 'Good morning', agent_name: 'Alice' })], { state: 'person', agent_name: 'Alice', unread: 1 })), [`POST ${path}/read`]: () => json(undefined, 204) });
  show();
  await userEvent.click(await screen.findByRole('button', { name: 'Open the chat (new: 1)' }));
  const dialog = await screen.findByRole('dialog');
  const log = await within(dialog).findByRole('log');
  expect(log.getAttribute('aria-live')).toBe('polite');
  expect(within(log).getByText('Good morning')).toBeTruthy();
  expect(within(dialog).getByText('You are talking to Alice.')).toBeTruthy();
  expect(within(dialog).queryByRole('button', { name: 'Talk to a person' })).toBeNull();
  await waitFor(() => expect(asked.find((a) => a.path === `${path}/read`)?.body).toEqual({ up_to: expect.stringMatching(/^01a20102/) }));
  await screen.findByRole('button', { name: 'Open the chat', hidden: true });
});

it('is where one who would rather talk to a person gets to', async () => {
  serve({ [`GET ${path}`]: () => json(thread([])) });
  show();
  await userEvent.click(await screen.findByRole('button', { name: 'I would rather talk to a person' }));
  await userEvent.click(within(await screen.findByRole('dialog', { name: 'Talk to a person' })).getByRole('button', { name: 'Open the chat' }));
  expect(await screen.findByRole('button', { name: 'Talk to a person' })).toBeTruthy();
});

it('sends a line, a quick reply, and asks for a person', async () => {
  const items = [entry('customer', { text: 'Hello' }), entry('bot', { text: 'Which document?', quick_replies: ['Passport', 'None'] })];
  let state: Schema<'Thread'>['state'] = 'bot';
  const asked = serve({
    [`GET ${path}`]: () => json(thread(items, { state })),
    [`POST ${path}/lines`]: ({ body }) => {
      items.push(entry('customer', { text: (body as { text: string }).text }));
      return json(items.at(-1), 201);
    },
    [`POST ${path}/person`]: () => {
      state = 'waiting';
      items.push(entry('notice', { notice: 'person_asked' }));
      return json({ identification_id: id, state, verified: true });
    },
  });
  show();
  await userEvent.click(await screen.findByRole('button', { name: 'Open the chat' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Passport' }));
  await waitFor(() => expect(screen.queryByRole('button', { name: 'None' })).toBeNull());
  await userEvent.type(screen.getByLabelText('Write a message'), 'And now?{Enter}');
  await waitFor(() => expect(asked.filter((a) => a.path === `${path}/lines`).map((a) => a.body)).toEqual([{ text: 'Passport' }, { text: 'And now?' }]));
  await userEvent.click(screen.getByRole('button', { name: 'Talk to a person' }));
  expect(await screen.findByText(/A person will answer you here/)).toBeTruthy();
  expect(screen.getByText(/A person has been asked to answer/)).toBeTruthy();
});

it('keeps a line that was not sent, and sends it again under the same key', async () => {
  let fails = true;
  const items: Entry[] = [];
  serve({
    [`GET ${path}`]: () => json(thread(items)),
    [`POST ${path}/lines`]: ({ body }) => {
      if (fails) return problem(503, 'unavailable');
      items.push(entry('customer', { text: (body as { text: string }).text }));
      return json(items.at(-1), 201);
    },
  });
  show();
  await userEvent.click(await screen.findByRole('button', { name: 'Open the chat' }));
  expect(await screen.findByText(/Write to us at any step/)).toBeTruthy();
  await userEvent.type(screen.getByLabelText('Write a message'), 'Hello{Enter}');
  expect(await screen.findByText(/Not sent\./)).toBeTruthy();
  fails = false;
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(screen.queryByText(/Not sent\./)).toBeNull());
  expect(screen.getAllByText('Hello')).toHaveLength(1);
});

it('words notices in the page’s language and leads to where they point', async () => {
  const items = [entry('notice', { notice: 'documents_again' }), entry('notice', { notice: 'booking_made', start: '2026-11-23T09:00:00Z' })];
  serve({ [`GET ${path}`]: () => json(thread(items)) });
  show();
  await userEvent.click(await screen.findByRole('button', { name: 'Open the chat' }));
  expect(await screen.findByText(/The call is booked for/)).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Choose the document' }));
  expect(went).toBe('document');
  for (const language of languageCodes) {
    await pickLanguage(language);
    expect(document.body.textContent).not.toContain('documents_again');
  }
});

it('says that it could not be read, and is not there in a call', async () => {
  serve({ [`GET ${path}`]: () => problem(404, 'identification_not_found') });
  const first = show();
  await userEvent.click(await screen.findByRole('button', { name: 'Open the chat' }));
  expect(await screen.findByRole('button', { name: 'Try again' })).toBeTruthy();
  first.unmount();
  show(true);
  expect(screen.queryByRole('button', { name: 'Open the chat' })).toBeNull();
});
