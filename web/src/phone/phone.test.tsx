import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppProviders } from '@/shared/AppProviders';
import { startI18n } from '@/shared/i18n';
import { consoleTheme } from '@/shared/theme/theme';
import { App } from './App';
import type { Snapshot } from './simulator';

const number = '+84901234567';
const token = 'q7Zx-kJ3vYw0sQ1eT7uHn5mXcB9aLpR2dGfZ8iOqVtN';
const callId = '0199a6f0-5f0e-7c3b-9d3e-2b1f6a7c8d90';

/** The handset API and the gateway, as far as the page asks them here. */
function serve(phone: Partial<Snapshot>, status = 200) {
  const asked: { method: string; path: string; headers: Headers; body: string }[] = [];
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  const json = (value: unknown, code = 200) => new Response(JSON.stringify(value), { status: code, headers: { 'content-type': code < 400 ? 'application/json' : 'application/problem+json' } });
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(new URL(String(input), location.origin), { ...init, signal: undefined });
    const path = decodeURIComponent(new URL(request.url).pathname);
    asked.push({ method: request.method, path, headers: request.headers, body: await request.clone().text() });
    if (path.startsWith('/simulator/') && status !== 200) return json({ type: '/problems/x', title: 'x', status }, status);
    if (path === '/simulator/stream') {
      const body = new ReadableStream<Uint8Array>({ start: (c) => void (stream = c) });
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    }
    if (path === '/simulator/faults') return json({ sms_failure_rate: 0, push_failure_rate: 0, call_failure_rate: 0, http_error_rate: 0, latency_ms: 0 });
    if (path === `/simulator/phones/${number}`) return json({ number, kind: 'android', token: 'sim-84901234567', device: { platform: 'android', token: 'sim-84901234567' }, registered: true, scenario: '', messages: [], calls: [], pushes: [], ...phone });
    if (path.startsWith('/simulator/')) return json([]);
    return json({});
  });
  return { asked, tell: (kind: string, data: unknown) => stream?.enqueue(new TextEncoder().encode(`event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`)) };
}

const ring = (more: Record<string, unknown> = {}) => ({
  id: Math.random().toString(), token: 'sim-84901234567', notification: null, received_at: new Date().toISOString(), expires_at: new Date(Date.now() + 600_000).toISOString(),
  data: { type: 'call_ringing', call_id: callId, bank: 'Demo Bank', link: `${location.origin}/visit/${token}`, expires_at: new Date(Date.now() + 600_000).toISOString(), ...more },
});

const show = () => render(<AppProviders theme={consoleTheme}><App /></AppProviders>);

beforeAll(() => startI18n('phone'));
// What Mantine's growing text field asks of a browser and jsdom has not.
beforeAll(() => void Object.defineProperty(document, 'fonts', { configurable: true, value: new EventTarget() }));
beforeEach(() => {
  localStorage.clear();
  history.replaceState(null, '', `/phone?number=${encodeURIComponent(number)}`);
});

describe('the page', () => {
  it('rings once for a push that comes twice, tells the gateway, and answers in a new tab', async () => {
    const { asked, tell } = serve({});
    show();
    await screen.findByText(/Nothing new/);
    tell('push', ring());
    tell('push', ring());
    const dialog = await screen.findByRole('alertdialog', { name: 'Demo Bank' });
    const answer = within(dialog).getByRole('link', { name: 'Answer' });
    expect(answer.getAttribute('href')).toBe(`${location.origin}/visit/${token}?answer=1`);
    expect(answer.getAttribute('target')).toBe('_blank');
    await screen.findByText('The bank knows that this phone rings.');
    const told = asked.filter((r) => r.path === `/v1/calls/${callId}/ringing`);
    expect(told).toHaveLength(1);
    expect(told[0]!.headers.get('authorization')).toBe(`Bearer ${token}`);
    expect(told[0]!.headers.get('idempotency-key')).toBeTruthy();
    expect(told[0]!.body).toBe('{}');
    answer.addEventListener('click', (event) => event.preventDefault()); // jsdom opens no tabs
    await userEvent.click(answer);
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
    tell('push', ring()); // the same call once more
    await screen.findByText('Video call answered');
    expect(screen.queryByRole('alertdialog')).toBeNull();
  });

  it('declines at the gateway, and stops when the call is cancelled', async () => {
    const { asked, tell } = serve({ pushes: [ring()] });
    show();
    await userEvent.click(await screen.findByRole('button', { name: 'Decline' }));
    await waitFor(() => expect(asked.some((r) => r.method === 'POST' && r.path === `/v1/calls/${callId}/decline`)).toBe(true));
    await screen.findByText('Call declined');
    tell('push', ring({ call_id: 'other' }));
    await screen.findByRole('alertdialog');
    tell('push', { ...ring(), data: { type: 'call_cancelled', call_id: 'other' } });
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
    await screen.findByText('The caller hung up');
  });

  it('goes from a conversation to the calls and back', async () => {
    const sms = { id: 'SM1', from: '+15005550006', to: number, body: 'Your code is 204817.', direction: 'outbound-api', status: 'delivered', created_at: new Date().toISOString() };
    serve({ messages: [sms] });
    show();
    await userEvent.click(await screen.findByRole('button', { name: 'Open' }));
    await screen.findByRole('button', { name: 'Copy the code 204817' });
    await userEvent.click(screen.getByRole('button', { name: /^Calls/ }));
    await screen.findByRole('button', { name: 'Call the bank' });
    await userEvent.click(screen.getByRole('button', { name: /^Home/ }));
    await screen.findByText(/Nothing new/); // it was read
  });

  it('says that one must sign in, and that no simulator runs', async () => {
    serve({}, 401);
    const { unmount } = show();
    await screen.findByText('Sign in first');
    unmount();
    serve({}, 404);
    show();
    await screen.findByText('The simulator is not running');
  });
});
