import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, describe, expect, it } from 'vitest';
import { startI18n } from '@/shared/i18n';
import { people, problem, serve, session, show } from '../testing';
import { AgentsPage } from './AgentsPage';
import { KeysPage } from './KeysPage';
import { formOf as policyForm, isClock, policyOf, quietMinutes } from './policy';
import { PolicyPage } from './PolicyPage';
import { formOf, settingsOf, withService } from './queues';
import type { Schema } from '@/api';
import { QueuesPage } from './QueuesPage';
import { addSkill, skillKey } from './skills';

beforeAll(() => startI18n('console'));

const rest = { 'GET /v1/queue': { items: [], ready_agents: 0 }, 'GET /v1/wallboard': { agents: [{ agent_id: people.bob, name: 'Bob', skills: [{ skill: 'mortgages', level: 4 }], state: 'ready' }] } };

describe('skills', () => {
  it('are written as the API wants them', () => {
    expect([' Sign language', 'KYC-2', '手语', '1st', ''].map(skillKey)).toEqual(['sign_language', 'kyc_2', '', '', '']);
    expect(addSkill([{ skill: 'b', level: 3 }], 'a')).toEqual([{ skill: 'a', level: 5 }, { skill: 'b', level: 3 }]);
    expect(addSkill([{ skill: 'b', level: 3 }], 'b')).toEqual([{ skill: 'b', level: 3 }]);
  });
  it('are changed by a supervisor', async () => {
    const bob = { id: people.bob, email: 'bob@x', name: 'Bob', role: 'agent', languages: ['vi'], enabled: true, invited: false, created_at: '2026-11-01T00:00:00Z' };
    const asked = serve({
      ...rest, 'GET /v1/agents': { items: [bob] }, [`GET /v1/agents/${people.bob}/skills`]: { skills: [{ skill: 'mortgages', level: 4 }] },
      [`PUT /v1/agents/${people.bob}/skills`]: (a: { body: unknown }) => a.body,
    });
    show(<AgentsPage />, session('supervisor'), '/admin/agents');
    await userEvent.click(await screen.findByRole('button', { name: 'Skills of Bob' }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.type(await within(dialog).findByRole('combobox', { name: 'Add a skill' }), 'Sign language{Enter}');
    const level = await within(dialog).findByRole('textbox', { name: 'Level of sign language' });
    await userEvent.clear(level);
    await userEvent.type(level, '8');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Remove mortgages' }));
    await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(asked.find((a) => a.method === 'PUT')?.body).toEqual({ skills: [{ skill: 'sign_language', level: 8 }] }));
  });
});

describe('a queue’s settings', () => {
  const was = { strategy: 'weighted' as const, skills: [{ skill: 'kyc', required: true }], language: { mode: 'required' as const }, takeover_after_seconds: -1, supervision: { watch_hidden: true }, segment_priority: { vip: 40 }, future: 1 };
  it('have the server’s defaults, and come back as they were', () => {
    expect(formOf(undefined)).toMatchObject({ strategy: 'random', languageMode: 'preferred', languageRelax: 60, overflowTo: 'never', takeover: true, takeover_after_seconds: 10, service_level_seconds: 20, watch_hidden: false });
    const f = formOf(was as never);
    expect(f).toMatchObject({ takeover: false, languageRelax: 0, skills: [{ skill: 'kyc', level: 1, required: true, relax: 0 }], segments: [{ segment: 'vip', priority: 40 }] });
    expect(settingsOf(f, was as never)).toMatchObject({ strategy: 'weighted', takeover_after_seconds: -1, supervision: { watch_hidden: true }, segment_priority: { vip: 40 }, overflow: undefined, future: 1 });
    expect(settingsOf({ ...f, overflowTo: 'callback', overflowAfter: 90 }, undefined).overflow).toEqual({ to: 'callback', after_seconds: 90 });
  });
  const scenario = { id: 's1', slug: 'open', version: 3, enabled: true, definition: { name: { en: 'Open an account' }, document_types: ['passport'], script: [{ kind: 'code' }], settings: { slot_minutes: 15, queue: { strategy: 'random' } } } };
  const api = { ...rest, 'GET /v1/scenarios': { items: [scenario] }, 'GET /v1/scenarios/s1': scenario, 'GET /v1/bank': { id: 'b', name: 'Demo', settings: { offer_seconds: 20, missed_offers: 2, unserved_after: 600, pause_reasons: ['lunch'] } } };
  it('are changed by an administrator, and nothing else of the scenario is', async () => {
    const asked = serve({ ...api, 'PUT /v1/scenarios/s1': { ...scenario, version: 4 } });
    show(<QueuesPage />, session('administrator'), '/admin/queues');
    await userEvent.click(await screen.findByRole('radio', { name: 'Longest free' }));
    await userEvent.click(screen.getAllByRole('button', { name: 'Save' })[0]!);
    await waitFor(() => expect(asked.some((a) => a.method === 'PUT')).toBe(true));
    const { definition } = asked.find((a) => a.method === 'PUT')!.body as typeof scenario;
    expect(definition).toMatchObject({ name: { en: 'Open an account' }, script: [{ kind: 'code' }], settings: { slot_minutes: 15, queue: { strategy: 'longest_idle', service_level_seconds: 20 } } });
  });
  it('say whether a call goes on by telephone, and keep what they said', async () => {
    const phoned = { ...scenario, definition: { ...scenario.definition, settings: { ...scenario.definition.settings, telephone: { fallback: true, any_number: true } } } };
    const asked = serve({ ...api, 'GET /v1/scenarios': { items: [phoned] }, 'GET /v1/scenarios/s1': phoned, 'PUT /v1/scenarios/s1': phoned });
    show(<QueuesPage />, session('administrator'), '/admin/queues');
    const section = within(await screen.findByRole('region', { name: 'By telephone' }));
    expect(section.getByRole<HTMLInputElement>('radio', { name: /^No approval/ }).checked).toBe(true);
    await userEvent.click(section.getByRole('radio', { name: /by video again/ }));
    await userEvent.click(section.getByRole('checkbox', { name: 'Also at a number that is given in the call' }));
    await userEvent.click(screen.getAllByRole('button', { name: 'Save' })[0]!);
    await waitFor(() => expect((asked.find((a) => a.method === 'PUT')?.body as typeof phoned).definition.settings.telephone).toEqual({ fallback: true, any_number: false, identify: 'after' }));
  });
  it('make guidance of it, and leave out what does not go with that', async () => {
    const asked = serve({ ...api, 'PUT /v1/scenarios/s1': { ...scenario, version: 4 } });
    show(<QueuesPage />, session('administrator'), '/admin/queues');
    expect((await screen.findByRole<HTMLInputElement>('checkbox', { name: 'The call is recorded' })).disabled).toBe(true);
    await userEvent.click(screen.getByRole('radio', { name: 'Guidance on the screen' }));
    await userEvent.click(screen.getByRole('checkbox', { name: 'The customer sees the agent' }));
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: 'The call is recorded' }).disabled).toBe(false);
    await userEvent.click(screen.getAllByRole('button', { name: 'Save' })[0]!);
    await waitFor(() => expect(asked.some((a) => a.method === 'PUT')).toBe(true));
    const { definition } = asked.find((a) => a.method === 'PUT')!.body as { definition: Schema<'ScenarioDefinition'> };
    expect(definition).toMatchObject({ kind: 'guide', document_types: [], consents: [], script: [{ kind: 'code', required: false }], settings: { slot_minutes: 15, call: { agent_video: false }, recording: { enabled: false }, telephone: { identify: 'never' } } });
  });
  it('put the parts of another kind right', () => {
    const guide: Schema<'ScenarioDefinition'> = { kind: 'guide', name: { en: 'Help' }, settings: {} as never };
    const service = { kind: 'guide' as const, agentVideo: true, recorded: false };
    expect(withService(guide, { ...service, recorded: true })).toMatchObject({ consents: ['call_recording'], settings: { recording: { enabled: true } } });
    expect(withService(guide, { ...service, kind: 'advise' })).toMatchObject({ kind: 'advise', consents: [], settings: { recording: { enabled: false } } });
    expect(withService(guide, { ...service, kind: 'identify' })).toMatchObject({ consents: ['process', 'recording'], document_types: expect.arrayContaining(['passport']), script: expect.arrayContaining([{ kind: 'face_front', required: true }]), settings: { recording: { enabled: true } } });
    expect(withService(guide, { ...service, agentVideo: false })).toEqual({ ...guide, settings: { call: { agent_video: false } } });
  });
  it('are only read by a supervisor', async () => {
    serve(api);
    show(<QueuesPage />, session('supervisor'), '/admin/queues');
    const radio = await screen.findByRole<HTMLInputElement>('radio', { name: 'Longest free' });
    expect(radio.closest('fieldset')?.disabled).toBe(true);
    expect(screen.queryByRole('button', { name: 'Save' })).toBeNull();
    expect(screen.getByText('An administrator can change these.')).toBeTruthy();
  });
});

describe('when messages may go', () => {
  it('is read and written without limits that limit nothing', () => {
    const f = policyForm({ classes: { notice: { quiet_hours: { from: '22:00', to: '07:30' }, cap: 3 } } });
    expect(f.classes).toMatchObject({ notice: { quiet: true, cap: 3, cap_hours: 24 }, reminder: { quiet: false, cap: 0 } });
    expect(policyOf(f)).toEqual({ classes: { notice: { quiet_hours: { from: '22:00', to: '07:30' }, cap: 3, cap_hours: 24 } }, hourly_budget: 0, refused_prefixes: [], conversion: { line: 35, minimum: 50, off: false } });
    expect(f.classes.reminder.lifetime_hours).toBe(24);
    const kept = policyForm({ classes: { reminder: { lifetime_hours: 6 } } });
    expect(policyOf(kept).classes).toEqual({ reminder: { lifetime_hours: 6 } });
    expect(['08:00', '24:00', '7:00', '23:59'].map(isClock)).toEqual([true, false, false, true]);
    expect([quietMinutes('21:00', '08:00'), quietMinutes('01:00', '02:30')]).toEqual([660, 90]);
  });
  it('is set on the page; a time that is none is refused there', async () => {
    const asked = serve({ ...rest, 'GET /v1/message-policy': {}, 'PUT /v1/message-policy': (a: { body: unknown }) => a.body });
    show(<PolicyPage />, session('administrator'), '/admin/policy');
    const notice = await screen.findByRole('region', { name: 'Notice' });
    await userEvent.click(within(notice).getByRole('switch'));
    const to = within(notice).getByRole('textbox', { name: 'To' });
    await userEvent.clear(to);
    await userEvent.type(to, '9');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(await within(notice).findByText('A time such as 21:00')).toBeTruthy();
    expect(asked.some((a) => a.method === 'PUT')).toBe(false);
    await userEvent.clear(to);
    await userEvent.type(to, '07:00');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(asked.find((a) => a.method === 'PUT')?.body).toMatchObject({ classes: { notice: { quiet_hours: { from: '21:00', to: '07:00' } } } }));
  });
  it('has how long a message of a class is worth sending, but not of a code or a ring', async () => {
    const asked = serve({ ...rest, 'GET /v1/message-policy': { classes: { reminder: { lifetime_hours: 6 } } }, 'PUT /v1/message-policy': (a: { body: unknown }) => a.body });
    show(<PolicyPage />, session('administrator'), '/admin/policy');
    const table = await screen.findByRole('table', { name: 'How long a message is worth sending' });
    expect(within(table).getAllByRole('textbox').map((x) => (x as HTMLInputElement).value)).toEqual(['24', '6', '24']);
    const notice = within(table).getByRole('textbox', { name: 'Notice: hours worth sending' });
    await userEvent.clear(notice);
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(asked.some((a) => a.method === 'PUT')).toBe(false);
    await userEvent.type(notice, '48');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect((asked.find((a) => a.method === 'PUT')?.body as { classes: unknown }).classes).toEqual({ reminder: { lifetime_hours: 6 }, notice: { lifetime_hours: 48 } }));
  });
  it('says that it cannot be read', async () => {
    serve({ ...rest, 'GET /v1/message-policy': problem(403, 'forbidden') });
    show(<PolicyPage />, session('administrator'), '/admin/policy');
    expect(await screen.findByRole('button', { name: 'Try again' })).toBeTruthy();
  });
});

it('makes a key for programs of Twilio Verify, with the scopes that it needs, and says its user name', async () => {
  const asked = serve({ ...rest, 'GET /v1/api-keys': { items: [] }, 'POST /v1/api-keys': { key: { id: 'k' }, secret: 'tok', account_sid: 'AC123' } });
  show(<KeysPage />, session('administrator'), '/admin/keys');
  await userEvent.click(await screen.findByRole('button', { name: 'New API key' }));
  await userEvent.type(await screen.findByRole('textbox', { name: 'Name' }), 'old core');
  await userEvent.click(screen.getByRole('radio', { name: 'For programs made for Twilio Verify' }));
  expect(screen.queryByRole('checkbox', { name: 'Administer' })).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Make the key' }));
  expect(await screen.findByText(/User name \(Account SID\): AC123/)).toBeTruthy();
  expect(asked.find((a) => a.method === 'POST')?.body).toEqual({ kind: 'twilio_verify', name: 'old core', scopes: ['read', 'write'] });
});
