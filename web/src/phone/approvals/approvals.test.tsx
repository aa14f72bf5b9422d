import { createHash, createPublicKey, createVerify, webcrypto } from 'node:crypto';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { visitTheme } from '@/shared';
import { AppProviders } from '@/shared/AppProviders';
import { startI18n } from '@/shared/i18n';
import type { Push } from '../simulator';
import { type Approval, approvalOf, openApproval, signedForAnswer, signedForFactor } from './approvals';
import { ApprovalScreen } from './ApprovalScreen';
import * as keys from './keys';

beforeAll(() => startI18n('phone'));
beforeEach(() => vi.stubGlobal('crypto', webcrypto));

const push = (over: object = {}, received_at = '2026-11-22T10:00:00Z'): Push =>
  ({
    id: 'p', received_at, expires_at: '', notification: null,
    data: {
      type: 'approval', verification_id: 'v1', numbers: '17,42,88', factors: 'f1,f2', expires_at: '2026-11-22T10:05:00Z', title: 'Demo Bank', body: 'Approve?',
      amount: '12.50', currency: 'EUR', payee: 'Ärzte Ltd', ...over,
    },
  }) as Push;
const at = Date.parse('2026-11-22T10:01:00Z');

describe('a question of the bank', () => {
  it('is read from a push, and only from one that can be answered', () => {
    expect(approvalOf(push())).toMatchObject({ verificationId: 'v1', numbers: [17, 42, 88], factors: ['f1', 'f2'], payee: 'Ärzte Ltd', expiresUnix: Date.parse('2026-11-22T10:05:00Z') / 1000 });
    for (const bad of [{ type: 'call_ringing' }, { numbers: '5' }, { numbers: 'a,b' }, { expires_at: 'soon' }, { verification_id: '' }]) expect(approvalOf(push(bad))).toBeUndefined();
  });
  it('is asked once, the newest first, and not after its time', () => {
    const newer = push({ verification_id: 'v2' }, '2026-11-22T10:00:30Z');
    expect(openApproval([push(), newer], {}, at)?.verificationId).toBe('v2');
    expect(openApproval([push(), newer], { v2: 'approved' }, at)?.verificationId).toBe('v1');
    expect(openApproval([push()], {}, Date.parse('2026-11-22T10:05:00Z'))).toBeUndefined();
  });
  it('is signed as docs/api.md says, so that any ES256 verifies it', async () => {
    const approval = approvalOf(push()) as Approval;
    const text = await signedForAnswer('b1', 'f1', approval, 42);
    const payee = createHash('sha256').update('Ärzte Ltd').digest('hex');
    expect(text).toBe(`visavis-approval-v1\nb1\nv1\nf1\napprove\n42\n12.50\nEUR\n${payee}\n${approval.expiresUnix}\n`);
    expect(await signedForAnswer('b1', 'f1', approval, 0)).toContain('\ndeny\n0\n');
    expect(signedForFactor('b', 'c', 'f', 'x')).toBe('visavis-factor-v1\nb\nc\nf\nx\n');
    const made = await keys.newKeys();
    const der = Buffer.from(await keys.publicKey(made), 'base64');
    const signature = Buffer.from(await keys.sign(made, text), 'base64');
    const verify = createVerify('sha256').update(text);
    expect(verify.verify({ key: createPublicKey({ key: der, format: 'der', type: 'spki' }), dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
    await expect(webcrypto.subtle.exportKey('pkcs8', made.privateKey)).rejects.toThrow();
  });
});

describe('the screen', () => {
  const show = async (answers: (body: Record<string, unknown>) => unknown, factorId = 'f1') => {
    const made = await keys.newKeys();
    vi.spyOn(keys, 'heldFor').mockResolvedValue({ bankId: 'b1', factorId, keys: made });
    const asked: Record<string, unknown>[] = [];
    vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
      const body = JSON.parse(String(init.body)) as Record<string, unknown>;
      asked.push(body);
      return new Response(JSON.stringify(answers(body)), { headers: { 'content-type': 'application/json' } });
    });
    const handled: string[] = [];
    const soon = new Date(Date.now() + 600_000).toISOString();
    render(<AppProviders theme={visitTheme}><ApprovalScreen number="+8490" approval={approvalOf(push({ expires_at: soon }))!} skew={0} onHandled={(fate) => handled.push(fate)} /></AppProviders>);
    return { asked, handled };
  };
  it('shows what is paid and to whom, and signs the number that is chosen', async () => {
    const { asked, handled } = await show(() => ({ approved: true, state: 'approved' }));
    expect(await screen.findByText(/^EUR\s12.50$/)).toBeTruthy();
    expect(screen.getByText('Ärzte Ltd')).toBeTruthy();
    await userEvent.click(await screen.findByRole('button', { name: '42' }));
    expect(await screen.findByText('Approved')).toBeTruthy();
    expect(asked[0]).toMatchObject({ verification_id: 'v1', factor_id: 'f1', decision: 'approve', number: 42, signature: expect.stringMatching(/^[A-Za-z0-9+/]{86}==$/) as string });
    await userEvent.click(screen.getByRole('button', { name: 'Close' }));
    expect(handled).toEqual(['approved']);
  });
  it('says that another number approved nothing, and refuses with a signature', async () => {
    const { asked } = await show((body) => ({ approved: false, state: body.decision === 'deny' ? 'denied' : 'failed' }));
    await userEvent.click(await screen.findByRole('button', { name: 'It was not me' }));
    expect(await screen.findByText(/The bank knows that it was not you/)).toBeTruthy();
    expect(asked[0]).toMatchObject({ decision: 'deny' });
    expect(asked[0]).not.toHaveProperty('number');
  });
  it('offers no numbers to a phone that has not the key', async () => {
    await show(() => ({}), 'another');
    await waitFor(() => expect(screen.getByText(/has no key for this question/)).toBeTruthy());
    expect(screen.queryByRole('button', { name: '42' })).toBeNull();
  });
});
