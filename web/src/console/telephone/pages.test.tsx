import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppProviders } from '@/shared/AppProviders';
import { loadTexts, pickLanguage, startI18n } from '@/shared/i18n';
import { consoleTheme } from '@/shared/theme/theme';
import { App } from '../App';
import { newCampaign, defaults } from '../campaigns/form';

type Answer = (request: { body: unknown; query: URLSearchParams }) => Response;
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' } });
const problem = (status: number, code: string) => json({ type: `/problems/${code}`, title: code, status, code }, status);
const now = '2026-11-20T08:00:00Z';

let asked: { method: string; path: string; body: unknown }[];
let answers: Record<string, Answer>;
let role: string;
const at = (path: string) => asked.filter((a) => a.path === path);

const base: Record<string, Answer> = {
  'GET /v1/session': () => json({ agent: { id: 'me', name: 'An', email: 'an@bank', role, enabled: true }, bank: { id: 'b', slug: 'demo', name: 'Demo Bank', time_zone: 'Asia/Ho_Chi_Minh' }, expires_at: '2036-01-01T00:00:00Z' }),
  'GET /v1/flows': () => json({ items: [
    { name: 'survey', title: 'Survey after a call', locales: ['en'], input: [], shipped: true, version: 0 },
    { name: 'payment', title: 'Payment', locales: ['en'], input: [{ name: 'amount', optional: false }], shipped: false, version: 3 },
    { name: 'idea', title: 'An idea', locales: ['en'], input: [], shipped: false, open: { id: 'v', version: 1, state: 'draft', authors: [], created_at: now, updated_at: now } },
  ] }),
  'GET /v1/flows/numbers': () => json({ items: [] }),
  'GET /v1/holiday-calendars': () => json({ items: [] }),
  'GET /v1/customers': () => json({ items: [{ id: '00000000-0000-0000-0000-0000000000c1', name: 'Binh', phone: '+84•••12', locale: 'vi', time_zone: 'UTC', created_at: now }] }),
  'GET /v1/agents': () => json({ items: [{ id: 'other', name: 'Chi', email: 'c@bank', role: 'supervisor', enabled: true }] }),
  'GET /v1/queue': () => json({ items: [] }),
};

// What jsdom has not.
Blob.prototype.text ??= function (this: Blob) {
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.readAsText(this);
  });
};

beforeAll(async () => {
  await startI18n('console');
  await loadTexts('voice');
});
beforeEach(async () => {
  localStorage.clear();
  await pickLanguage('en');
  role = 'administrator';
  asked = [];
  answers = { ...base };
  vi.stubGlobal('fetch', async (input: Request | string) => {
    const request = typeof input === 'string' ? new Request(new URL(input, 'http://localhost')) : input;
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname === '/v1/feed') return new Response('', { status: 403 });
    const text = await request.clone().text();
    const body: unknown = text ? JSON.parse(text) : undefined;
    asked.push({ method: request.method, path: url.pathname, body });
    return answers[`${request.method} ${url.pathname}`]?.({ body, query: url.searchParams }) ?? problem(404, 'not_found');
  });
});
const show = (path: string) => {
  window.history.replaceState(null, '', `/console${path}`);
  return render(<AppProviders theme={consoleTheme}><App /></AppProviders>);
};

const settings = newCampaign({ ...defaults, name: 'x', flow: 'survey' }, 'UTC').settings;
const campaign = (state: string, by: object = {}) => ({ id: 'c1', name: 'Survey of March', flow: 'survey', class: 'notice', settings, state, created_at: now, updated_at: now, ...by });
const progress = (state: string, by: object = {}) => ({
  state, at: now, contacts: 1200, queued: 700, waiting: 100, calling: 20, done: 380, calls: 600, outcomes: { completed: 300, busy: 80 },
  funnel: { listed: 1200, called: 500, answered: 400, human: 350, finished: 300, handed_over: 12 }, ...by,
});
const ofCampaign = (state: string, by: object = {}) => {
  answers['GET /v1/campaigns/c1'] = () => json(campaign(state, by));
  answers['GET /v1/campaigns/c1/progress'] = () => json(progress(state));
  answers['GET /v1/campaigns/c1/results'] = () => json({ details: [{ outcome: 'completed', detail: 'answered', count: 300 }], questions: [{ question: 'rating', answered: 290, answers: [{ answer: '5', count: 200 }, { answer: '1', count: 90 }] }] });
  answers['GET /v1/campaigns/c1/contacts'] = () => json({ items: [{ id: 'k', row: 2, phone: '+84•••01', locale: 'vi', state: 'done', outcome: 'busy', calls: 3, answered: false, human: false, finished: false, handed_over: false }] });
  answers['GET /v1/campaigns/c1/imports'] = () => json({ items: [{ id: 'i', campaign_id: 'c1', source: 'csv', state: 'done', rows: 1202, accepted: 1200, refused: 2, refused_by_code: { duplicate: 2 }, created_at: now, report: '/v1/campaigns/c1/imports/i/report' }] });
};

describe('campaigns', () => {
  it('are listed with their states; an auditor makes none', async () => {
    answers['GET /v1/campaigns'] = () => json({ items: [campaign('running')] });
    role = 'auditor';
    show('/telephone');
    expect(await screen.findByRole('link', { name: 'Survey of March' })).toBeDefined();
    expect(within(screen.getByRole('table')).getByText('Running')).toBeDefined();
    expect(screen.queryByRole('link', { name: 'New campaign' })).toBeNull();
  });

  it('say that there are none, and what went wrong with a way to try again', async () => {
    answers['GET /v1/campaigns'] = () => json({ items: [] });
    const first = show('/telephone/campaigns');
    await screen.findByRole('heading', { name: 'No campaigns' });
    first.unmount();
    answers['GET /v1/campaigns'] = () => problem(403, 'not_allowed');
    show('/telephone/campaigns');
    expect(await screen.findByText('You may not do this.')).toBeDefined();
    answers['GET /v1/campaigns'] = () => json({ items: [campaign('draft')] });
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await screen.findByRole('link', { name: 'Survey of March' });
  });

  it('are made with defaults from a flow in force; what is missing is marked and nothing sent', async () => {
    answers['POST /v1/campaigns'] = () => json(campaign('draft'), 201);
    ofCampaign('draft');
    show('/telephone/campaigns/new');
    await userEvent.click(await screen.findByRole('button', { name: 'Make a draft' }));
    expect(at('/v1/campaigns')).toEqual([]);
    expect(screen.getByText('Something is missing or out of bounds: look at what is marked.')).toBeDefined();
    await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), 'Survey of March');
    await userEvent.click(screen.getByRole('combobox', { name: 'Flow' }));
    expect(screen.queryByRole('option', { name: /An idea/, hidden: true })).toBeNull();
    await userEvent.click(await screen.findByRole('option', { name: /Survey after a call/, hidden: true }));
    await userEvent.click(screen.getByRole('button', { name: 'Make a draft' }));
    await waitFor(() => expect(at('/v1/campaigns')).toHaveLength(1));
    expect(at('/v1/campaigns')[0]!.body).toMatchObject({ name: 'Survey of March', flow: 'survey', class: 'notice', settings: { windows: [{ from: '09:00', to: '20:00' }], pacing: { mode: 'fixed' } } });
    await waitFor(() => expect(window.location.pathname).toBe('/console/telephone/campaigns/c1'));
  });

  it('start only after saying how many will be called', async () => {
    ofCampaign('draft');
    answers['POST /v1/campaigns/c1/start'] = () => json(campaign('running'));
    show('/telephone/campaigns/c1');
    await userEvent.click(await screen.findByRole('button', { name: 'Start' }));
    const dialog = await screen.findByRole('dialog', { name: 'Call 1,200 people?' });
    expect(at('/v1/campaigns/c1/start')).toEqual([]);
    await userEvent.click(within(dialog).getByRole('button', { name: 'Start, call 1,200' }));
    await waitFor(() => expect(at('/v1/campaigns/c1/start')).toHaveLength(1));
  });

  it('cannot start without anybody on the list', async () => {
    ofCampaign('draft');
    answers['GET /v1/campaigns/c1/progress'] = () => json(progress('draft', { contacts: 0 }));
    show('/telephone/campaigns/c1');
    expect((await screen.findByRole<HTMLButtonElement>('button', { name: 'Start' })).disabled).toBe(true);
    expect(screen.getByText('Nobody is on the list yet. Hand in a list, then start.')).toBeDefined();
  });

  it('are approved by somebody else only', async () => {
    ofCampaign('awaiting_approval', { requested_by: 'me' });
    const first = show('/telephone/campaigns/c1');
    await screen.findByText('You asked for the start. Somebody else has to approve it.');
    expect(screen.queryByRole('button', { name: 'Approve and start' })).toBeNull();
    first.unmount();
    ofCampaign('awaiting_approval', { requested_by: 'other' });
    show('/telephone/campaigns/c1');
    await screen.findByRole('button', { name: 'Approve and start' });
  });

  it('that were changed after their approval are resumed by somebody else only', async () => {
    ofCampaign('paused', { pause_reason: 'approval', requested_by: 'me' });
    const first = show('/telephone/campaigns/c1');
    await screen.findByText('You changed what was approved. Somebody else has to approve that.');
    expect(screen.queryByRole('button', { name: 'Approve and go on' })).toBeNull();
    first.unmount();
    ofCampaign('paused', { pause_reason: 'approval', requested_by: 'other' });
    answers['POST /v1/campaigns/c1/resume'] = () => json(campaign('running'));
    show('/telephone/campaigns/c1');
    await userEvent.click(await screen.findByRole('button', { name: 'Approve and go on' }));
    await waitFor(() => expect(at('/v1/campaigns/c1/resume')).toHaveLength(1));
  });

  it('that run show outcomes, funnel, answers and people as tables, and are paused and stopped', async () => {
    ofCampaign('running', { version: 0 });
    answers['POST /v1/campaigns/c1/pause'] = () => json(campaign('paused'));
    answers['POST /v1/campaigns/c1/stop'] = () => json(campaign('stopping'));
    show('/telephone/campaigns/c1');
    const outcomes = await screen.findByRole('table', { name: 'Outcomes' });
    expect(within(outcomes).getByRole('row', { name: /^Completed 300 78\.9%$/ })).toBeDefined();
    expect(within(screen.getByRole('table', { name: 'How far people got' })).getByRole('row', { name: /^By a person 350 29\.2%$/ })).toBeDefined();
    const rating = await screen.findByRole('table', { name: 'rating' });
    expect(within(rating).getAllByRole('rowheader').map((r) => r.textContent)).toEqual(['1', '5']);
    expect(await screen.findByText('+84•••01')).toBeDefined();
    expect(screen.getByRole('link', { name: 'Export CSV' }).getAttribute('href')).toBe('/v1/campaigns/c1/export');
    await userEvent.click(screen.getByRole('button', { name: 'Pause' }));
    await waitFor(() => expect(at('/v1/campaigns/c1/pause')).toHaveLength(1));
    await userEvent.click(screen.getByRole('button', { name: 'Stop for good' }));
    expect(at('/v1/campaigns/c1/stop')).toEqual([]);
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByText(/not be called any more: 800/)).toBeDefined();
    await userEvent.click(within(dialog).getByRole('button', { name: 'Stop for good' }));
    await waitFor(() => expect(at('/v1/campaigns/c1/stop')).toHaveLength(1));
  });

  it('show why rows of a list were refused', async () => {
    ofCampaign('draft');
    answers['GET /v1/campaigns/c1/imports/i/report'] = () => new Response('row,column,code,reason\n7,phone,duplicate,on the list already\n', { headers: { 'content-type': 'text/csv' } });
    show('/telephone/campaigns/c1');
    await screen.findByText('Rows: 1,202 · accepted: 1,200 · refused: 2');
    await userEvent.click(screen.getByRole('button', { name: 'Refused rows' }));
    expect(await screen.findByRole('row', { name: /^7 phone On the list already/ })).toBeDefined();
    expect(screen.getByRole('link', { name: 'Download the report', hidden: true }).getAttribute('href')).toBe('/v1/campaigns/c1/imports/i/report');
  });

  it('hand a list in as it is, with how far it is', async () => {
    ofCampaign('draft');
    const sent: { url: string; headers: Record<string, string>; body: unknown }[] = [];
    let finish = () => {};
    vi.stubGlobal('XMLHttpRequest', class {
      upload: { onprogress?: (e: object) => void } = {};
      headers: Record<string, string> = {};
      url = '';
      status = 200;
      responseText = JSON.stringify({ id: 'i2', rows: 1 });
      onload = () => {};
      open(_: string, url: string) { this.url = url; }
      setRequestHeader(k: string, v: string) { this.headers[k] = v; }
      getResponseHeader() { return 'application/json'; }
      abort() {}
      send(body: unknown) {
        sent.push({ url: this.url, headers: this.headers, body });
        this.upload.onprogress?.({ lengthComputable: true, loaded: 30, total: 60 });
        finish = () => this.onload();
      }
    });
    const { container } = show('/telephone/campaigns/c1');
    await screen.findByRole('button', { name: 'Choose a file' });
    const file = new File(['phone;name\n+84901234567;An\n'], 'list.csv', { type: 'text/csv' });
    await userEvent.upload(container.querySelector<HTMLInputElement>('input[type=file]')!, file);
    await waitFor(() => expect(screen.getByRole<HTMLInputElement>('combobox', { name: 'Between columns' }).value).toBe('Semicolon'));
    await userEvent.click(screen.getByRole('button', { name: 'Hand in the list' }));
    expect(await screen.findByText('Sending 50%')).toBeDefined();
    expect(sent[0]).toMatchObject({ url: '/v1/campaigns/c1/contacts/files?delimiter=semicolon', body: file, headers: { 'X-Visavis-Request': '1', 'Content-Type': 'application/octet-stream' } });
    const before = at('/v1/campaigns/c1/imports').length;
    finish();
    await waitFor(() => expect(at('/v1/campaigns/c1/imports').length).toBeGreaterThan(before));
  });
});

const source = 'flow: survey\nsteps:\n  greeting:\n';
const flowDetail = (by: object = {}) => ({ flow: { name: 'survey', title: 'Survey', locales: ['en'], input: [], shipped: true, version: 0 }, source, problems: [], versions: [], history: [], ...by });
const diagram = { nodes: [{ id: 'greeting', kind: 'say', label: 'Hello', line: 3, start: true, machine: false, end: false }, { id: 'bye', kind: 'hang_up', label: '', line: 9, start: false, machine: false, end: true }], edges: [{ from: 'greeting', to: 'bye', label: 'no input' }] };

describe('flows', () => {
  beforeEach(() => {
    answers['POST /v1/flows/validate'] = ({ body }) => {
      const wrong = !(body as { source: string }).source.includes('bye');
      return json({ valid: !wrong, diagram, problems: wrong ? [{ line: 3, column: 3, step: 'greeting', rule: 'no_way_out', message: 'no way leads from here to an end', severity: 'error' }] : [] });
    };
  });

  it('are listed: the standard ones, the own ones, those not in force', async () => {
    show('/telephone/flows');
    const row = async (name: RegExp) => screen.findByRole('row', { name });
    expect(await row(/Survey after a call.*Standard/)).toBeDefined();
    expect(await row(/Payment.*The bank’s own/)).toBeDefined();
    expect(await row(/An idea.*Not in force.*Draft/)).toBeDefined();
  });

  it('say what is wrong at line and column while one writes, lead there, and are submitted only when right', async () => {
    answers['GET /v1/flows/survey'] = () => json(flowDetail());
    answers['PUT /v1/flows/survey'] = ({ body }) => json(flowDetail({ open_source: (body as { source: string }).source, flow: { ...flowDetail().flow, open: { id: 'v', version: 1, state: 'draft', authors: ['me'], created_at: now, updated_at: now } } }));
    answers['POST /v1/flows/survey/versions/1/submit'] = () => json(flowDetail());
    show('/telephone/flows/survey');
    const editor = await screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'Document' });
    await userEvent.click(await screen.findByRole('button', { name: /Error Line 3, column 3: No way to the end of the call/ }));
    expect(document.activeElement).toBe(editor);
    expect(editor.selectionStart).toBe(source.indexOf('greeting'));
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Submit for approval' }).disabled).toBe(true);
    await userEvent.click(editor);
    await userEvent.keyboard('{Control>}{End}{/Control}    next: bye');
    await screen.findByText('Nothing is wrong');
    const submit = screen.getByRole<HTMLButtonElement>('button', { name: 'Submit for approval' });
    await waitFor(() => expect(submit.disabled).toBe(false));
    await userEvent.click(submit);
    await waitFor(() => expect(asked.map((a) => `${a.method} ${a.path}`)).toContain('POST /v1/flows/survey/versions/1/submit'));
    expect(asked.find((a) => a.method === 'PUT')!.body).toEqual({ source: editor.value });
  });

  it('that wait are approved, and four eyes refused in words', async () => {
    const open = { id: 'v', version: 2, state: 'submitted', authors: ['me'], created_at: now, updated_at: now };
    answers['GET /v1/flows/survey'] = () => json(flowDetail({ open_source: `${source}bye`, flow: { ...flowDetail().flow, open } }));
    answers['POST /v1/flows/survey/versions/2/approve'] = () => problem(403, 'four_eyes');
    show('/telephone/flows/survey');
    await userEvent.click(await screen.findByRole('button', { name: 'Approve' }));
    expect(await screen.findByText(/Another administrator must approve it/)).toBeDefined();
    expect(screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Document' }).readOnly).toBe(true);
  });

  it('are drawn, and listed step by step for those who do not see the drawing', async () => {
    role = 'auditor';
    answers['GET /v1/flows/survey'] = () => json(flowDetail());
    answers['GET /v1/flows/survey/versions/0/diagram'] = () => json(diagram);
    const { container } = show('/telephone/flows/survey');
    await screen.findByRole('img', { name: /Diagram of 2 steps/ });
    expect(container.querySelectorAll('svg g[data-kind]')).toHaveLength(2);
    await userEvent.click(screen.getByRole('radio', { name: 'Steps' }));
    const list = screen.getByRole('list', { name: 'Steps' });
    expect(within(list).getByText('Calls begin here')).toBeDefined();
    await userEvent.click(within(list).getByRole('link', { name: 'bye' }));
    expect(document.activeElement?.textContent).toContain('Ends here');
  });

  it('are tried on a number, which shows the call', async () => {
    answers['GET /v1/flows/survey'] = () => json(flowDetail());
    const call = { id: '00000000-0000-0000-0000-00000000ca11', direction: 'outbound', phone: '+84•••67', flow: 'survey', class: 'transaction', state: 'completed', outcome: 'done', created_at: now, not_before: now, expires_at: now, seconds: 3 };
    answers['POST /v1/flows/survey/versions/0/try'] = () => json(call, 201);
    answers[`GET /v1/phone-calls/${call.id}`] = () => json({ phone_call: call, path: [], answers: [], recordings: [] });
    show('/telephone/flows/survey');
    await userEvent.click(await screen.findByRole('button', { name: 'Try it' }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Call' }));
    expect(within(dialog).getByText(/A number with its country code/)).toBeDefined();
    await userEvent.type(within(dialog).getByLabelText(/Phone/), '+84 90 123 45 67');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Call' }));
    expect(await within(dialog).findByText('Completed')).toBeDefined();
    expect(at('/v1/flows/survey/versions/0/try')[0]!.body).toEqual({ phone: '+84901234567' });
  });

  it('count what they were answered', async () => {
    answers['GET /v1/flows/survey'] = () => json(flowDetail());
    answers['GET /v1/flows/survey/answers'] = () => json({ items: [{ question: 'rating', answer: '5', survey: true, count: 3 }, { question: 'rating', answer: '4', survey: true, count: 1 }] });
    show('/telephone/flows/survey?tab=answers');
    expect(within(await screen.findByRole('table', { name: 'rating' })).getByRole('row', { name: '5 3 75%' })).toBeDefined();
  });
});

describe('phone calls', () => {
  const id = '00000000-0000-0000-0000-00000000ca11';
  const call = { id, direction: 'outbound', phone: '+84•••67', flow: 'survey', class: 'notice', state: 'queued', created_at: now, not_before: now, expires_at: now, seconds: 0 };

  it('are listed, and show their whole way; secret keys are not shown', async () => {
    answers['GET /v1/phone-calls'] = () => json({ items: [{ ...call, state: 'completed', outcome: 'hung_up' }] });
    answers[`GET /v1/phone-calls/${id}`] = () => json({
      phone_call: { ...call, state: 'completed', outcome: 'hung_up', answered_at: now, ended_at: now, seconds: 12 },
      path: [
        { position: 1, step: 'menu', kind: 'gather', keys: '9', secret: false, exit: 'pin', entered_at: now, left_at: now, milliseconds: 4500 },
        { position: 2, step: 'pin', kind: 'gather', secret: true, entered_at: now },
      ],
      answers: [{ question: 'rating', answer: '5', survey: true, at: now }], recordings: [],
    });
    show('/telephone/calls');
    await userEvent.click(await screen.findByRole('button', { name: '+84•••67' }));
    const way = within(await screen.findByRole('region', { name: 'Way through the flow' })).getAllByRole('listitem');
    expect(way[0]!.textContent).toMatch(/Ask for keys menu.*Keyed in: 9.*4\.5 sec/);
    expect(way[1]!.textContent).toContain('Keyed in: •••');
    expect(within(screen.getByRole('dialog')).getByText('Hung up before the end')).toBeDefined();
  });

  it('that are queued can be taken back, by an auditor not', async () => {
    answers['GET /v1/phone-calls'] = () => json({ items: [call] });
    answers[`GET /v1/phone-calls/${id}`] = () => json({ phone_call: call, path: [], answers: [], recordings: [] });
    answers[`POST /v1/phone-calls/${id}/cancel`] = () => json({ ...call, state: 'canceled' });
    role = 'auditor';
    const first = show(`/telephone/calls?open=${id}`);
    await within(await screen.findByRole('dialog')).findByText('Queued');
    expect(screen.queryByRole('button', { name: 'Take back' })).toBeNull();
    first.unmount();
    role = 'supervisor';
    show(`/telephone/calls?open=${id}`);
    await userEvent.click(await screen.findByRole('button', { name: 'Take back' }));
    await userEvent.click(within(await screen.findByRole('dialog', { name: 'Take this call back?' })).getByRole('button', { name: 'Take back' }));
    await waitFor(() => expect(at(`/v1/phone-calls/${id}/cancel`)).toHaveLength(1));
  });

  it('are placed to a customer with what the flow needs', async () => {
    role = 'supervisor';
    answers['GET /v1/phone-calls'] = () => json({ items: [] });
    answers['POST /v1/phone-calls'] = () => json(call, 201);
    answers[`GET /v1/phone-calls/${id}`] = () => json({ phone_call: call, path: [], answers: [], recordings: [] });
    show('/telephone/calls');
    await userEvent.click(await screen.findByRole('button', { name: 'Call a customer' }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.click(within(dialog).getByRole('combobox', { name: 'Customer' }));
    await userEvent.click(await screen.findByRole('option', { name: /Binh/, hidden: true }));
    await userEvent.click(within(dialog).getByRole('combobox', { name: 'Flow' }));
    await userEvent.click(await screen.findByRole('option', { name: /Payment/, hidden: true }));
    await userEvent.click(within(dialog).getByRole('button', { name: 'Call' }));
    expect(asked.some((a) => a.method === 'POST' && a.path === '/v1/phone-calls')).toBe(false); // amount is missing
    await userEvent.type(within(dialog).getByLabelText(/amount/), '1250000');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Call' }));
    await waitFor(() => expect(asked.find((a) => a.method === 'POST' && a.path === '/v1/phone-calls')?.body).toMatchObject({ customer_id: '00000000-0000-0000-0000-0000000000c1', flow: 'payment', input: { amount: '1250000' } }));
    await waitFor(() => expect(window.location.search).toContain(`open=${id}`));
  });
});
