import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppProviders } from '@/shared/AppProviders';
import { pickLanguage, startI18n } from '@/shared/i18n';
import { visitTheme } from '@/shared/theme/theme';
import { App } from './App';
import type { Visit } from './session';

vi.mock('@/shared/call', async (original) => ({ ...(await original<object>()), useLocalMedia: () => ({ stop() {}, state: 'off', camera: {}, microphone: {} }) }));

const token = 'kJ3vYw0sQ1eT7uHn5mXcB9aLpR2dGfZ8iOqVtN4xW6E';
const base: Visit = {
  bank: { id: 'b', slug: 'demo', name: 'Demo Bank', time_zone: 'UTC' },
  customer: { phone_masked: '+84•••••4567', locale: 'en', time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone },
  scenario: { id: 's', slug: 'open-account', kind: 'identify', recorded: true, name: 'Open an account', description: '', purpose: '', reconnect_grace_seconds: 60 },
  proved: true, scopes: ['visit'], next_step: 'form', consents: [], document_types: ['passport'], document_type: 'passport',
  form: { fields: [{ key: 'full_name', type: 'text', label: 'Full name', required: true, options: [] }, { key: 'city', type: 'text', label: 'City', required: true, options: [] }], version: 0, confirmed_version: 0 },
  identification: { id: 'i', state: 'open', reason: '' },
};
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' } });

let asked: { method: string; path: string; body: unknown }[];
/** Answers by "METHOD path"; the feed stays silent. */
function serve(answers: Record<string, (body: unknown) => Response>) {
  asked = [];
  vi.stubGlobal('fetch', async (input: Request | string) => {
    const request = typeof input === 'string' ? undefined : input;
    const path = new URL(request?.url ?? String(input), 'http://localhost').pathname;
    if (path === '/v1/feed' || !request) return new Response('', { status: 403 });
    const text = await request.clone().text();
    const body: unknown = text ? JSON.parse(text) : undefined;
    asked.push({ method: request.method, path, body });
    return answers[`${request.method} ${path}`]?.(body) ?? json({ type: '/problems/not_found', title: '', status: 404, code: 'not_found' }, 404);
  });
}
const show = () => render(<AppProviders theme={visitTheme}><App /></AppProviders>);

beforeAll(() => startI18n('visit'));
beforeEach(async () => {
  sessionStorage.clear();
  localStorage.clear();
  await pickLanguage('en');
  window.scrollTo = () => {};
});

describe('the link', () => {
  it('is exchanged once and leaves the address bar; a reload goes on by the cookie', async () => {
    window.history.replaceState(null, '', `/visit/${token}`);
    serve({ 'POST /v1/visit/session': () => json(base), 'GET /v1/visit': () => json(base) });
    const first = show();
    await screen.findByRole('heading', { name: 'About you' });
    expect(asked[0]).toEqual({ method: 'POST', path: '/v1/visit/session', body: { token } });
    expect(window.location.pathname).toBe('/visit/');
    first.unmount();
    serve({ 'GET /v1/visit': () => json(base) });
    show();
    await screen.findByRole('heading', { name: 'About you' });
    expect(asked.map((a) => a.path)).not.toContain('/v1/visit/session');
  });

  it('that has expired leads to recovery by phone number and code', async () => {
    window.history.replaceState(null, '', `/visit/${token}`);
    const later = new Date(Date.now() + 600_000).toISOString();
    serve({
      'POST /v1/visit/session': () => json({ type: '/problems/link_expired', title: 'Gone', status: 410, code: 'link_expired' }, 410),
      'POST /v1/visit/recover': () => json({ verification_id: 'v', next_send_at: later, expires_at: later }, 202),
      'POST /v1/visit/recover/check': () => json({ result: { approved: true, state: 'approved', attempts_left: 5 }, visit: base }),
      'GET /v1/visit': () => json(base),
    });
    show();
    await screen.findByRole('heading', { name: 'This link has expired' });
    await userEvent.type(screen.getByLabelText('Phone number'), '+84901234567');
    await userEvent.click(screen.getByRole('button', { name: 'Send me a code' }));
    await userEvent.type(await screen.findByLabelText('Code from the message'), '123456');
    await screen.findByRole('heading', { name: 'About you' });
    expect(asked.find((a) => a.path === '/v1/visit/recover')!.body).toEqual({ token, phone: '+84901234567' });
    expect(window.location.pathname).toBe('/visit/');
  });

  it('that has expired: says what is wrong with the number or the code, without figures that a recovery does not tell', async () => {
    window.history.replaceState(null, '', `/visit/${token}`);
    let status = 500;
    serve({
      'POST /v1/visit/session': () => json({ type: '/problems/link_expired', title: '', status: 410, code: 'link_expired' }, 410),
      'POST /v1/visit/recover': () =>
        status === 202
          ? json({ verification_id: 'v', next_send_at: new Date(Date.now() + 30_000).toISOString(), expires_at: new Date(Date.now() + 300_000).toISOString() }, 202)
          : json({ type: '/problems/x', title: '', status, code: 'x', fields: [] }, status),
      'POST /v1/visit/recover/check': () => json({ result: { approved: false, state: 'pending' } }),
    });
    show();
    await userEvent.type(await screen.findByLabelText(/Phone number/), '0901234567');
    await userEvent.click(screen.getByRole('button', { name: 'Send me a code' }));
    expect((await screen.findByRole('alert')).textContent).not.toBe('');
    status = 400;
    await userEvent.click(screen.getByRole('button', { name: 'Send me a code' }));
    await screen.findByText(/Please give the number with its country code/);
    status = 202;
    await userEvent.click(screen.getByRole('button', { name: 'Send me a code' }));
    await userEvent.type(await screen.findByLabelText('Code from the message'), '123456');
    await screen.findByText('That is not the code. Please look again.');
  });

  it('that is none says what to do', async () => {
    window.history.replaceState(null, '', '/visit/');
    serve({ 'GET /v1/visit': () => json({ type: '/problems/unauthenticated', title: '', status: 401, code: 'unauthenticated' }, 401) });
    show();
    await screen.findByRole('heading', { name: 'Please open the link from our message' });
  });
});

describe('the form', () => {
  beforeEach(() => window.history.replaceState(null, '', '/visit/'));

  it('tells every fault, takes the focus to the first, and sends nothing', async () => {
    serve({ 'GET /v1/visit': () => json(base) });
    show();
    await userEvent.click(await screen.findByRole('button', { name: 'Continue' }));
    expect(screen.getAllByText('Please fill this in.')).toHaveLength(2);
    expect(document.activeElement).toBe(screen.getByLabelText('Full name'));
    expect(asked.some((a) => a.method === 'POST')).toBe(false);
    await userEvent.type(screen.getByLabelText('Full name'), 'An');
    expect(screen.getAllByText('Please fill this in.')).toHaveLength(1);
  });

  it("shows the server's refusal at its field, then goes on to the check", async () => {
    let refuse = true;
    serve({
      'GET /v1/visit': () => json(base),
      'POST /v1/visit/form': () =>
        refuse
          ? json({ type: '/problems/invalid_form', title: '', status: 400, code: 'invalid_form', fields: [{ field: 'form.city', reason: 'does not have the expected form' }] }, 400)
          : json({ ...base, next_step: 'confirm', form: { ...base.form, version: 1, data: { full_name: 'An', city: 'Huế' } } }),
    });
    show();
    await userEvent.type(await screen.findByLabelText('Full name'), 'An');
    await userEvent.type(screen.getByLabelText('City'), 'Huế');
    await userEvent.click(screen.getByRole('button', { name: 'Continue' }));
    await screen.findByText('This does not have the right form.');
    expect(document.activeElement).toBe(screen.getByLabelText('City'));
    refuse = false;
    await userEvent.click(screen.getByRole('button', { name: 'Continue' }));
    await screen.findByRole('heading', { name: 'Is everything right?' });
    expect(asked.at(-1)!.body).toEqual({ data: { full_name: 'An', city: 'Huế' } });
    await waitFor(() => expect(document.activeElement?.tagName).toBe('H1'));
  });
});

it('declines a consent only after asking, and ends politely', async () => {
  window.history.replaceState(null, '', '/visit/');
  const consent: Visit = { ...base, next_step: 'consent', consents: [{ key: 'process', version: 3, title: 'By video', body: 'One.\n\nTwo.' }] };
  serve({
    'GET /v1/visit': () => json(consent),
    'POST /v1/visit/consents': () => json({ ...consent, next_step: 'done', identification: { id: 'i', state: 'declined', reason: '' } }),
  });
  show();
  await userEvent.click(await screen.findByRole('button', { name: 'I do not agree' }));
  expect(asked.some((a) => a.method === 'POST')).toBe(false);
  await userEvent.click(within(await screen.findByRole('dialog', { name: 'End here?' })).getByRole('button', { name: 'I do not agree' }));
  await screen.findByRole('heading', { name: 'Thank you, we stop here' });
  expect(asked.find((a) => a.method === 'POST')!.body).toEqual({ decisions: [{ key: 'process', version: 3, accepted: false }] });
});
