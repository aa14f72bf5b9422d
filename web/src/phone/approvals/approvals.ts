import type { Push } from '../simulator';

/** A question of the bank to this phone: is it you, and is that right? */
export interface Approval {
  verificationId: string;
  /** Of which one is on the page that asks. */
  numbers: number[];
  /** The factors that may answer. */
  factors: string[];
  title: string;
  body: string;
  amount: string;
  currency: string;
  payee: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
  /** As it is signed, seconds. */
  expiresUnix: number;
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');

/** Reads a push; undefined when it is no approval of ours. */
export function approvalOf(push: Push): Approval | undefined {
  const d = push.data ?? {};
  if (d.type !== 'approval') return undefined;
  const numbers = text(d.numbers).split(',').map(Number).filter((n) => Number.isInteger(n) && n >= 10 && n <= 99);
  const expiresAt = Date.parse(text(d.expires_at));
  if (!text(d.verification_id) || numbers.length < 2 || Number.isNaN(expiresAt)) return undefined;
  const words = (name: string) => text(push.notification?.[name] ?? d[name]);
  return {
    verificationId: text(d.verification_id), numbers, factors: text(d.factors).split(',').filter(Boolean), title: words('title') || text(d.bank), body: words('body'),
    amount: text(d.amount), currency: text(d.currency), payee: text(d.payee), expiresAt, expiresUnix: Math.floor(expiresAt / 1000),
  };
}

/** The newest question that is neither answered here nor over. */
export function openApproval(pushes: readonly Push[], answered: Readonly<Record<string, unknown>>, now: number): Approval | undefined {
  for (const push of [...pushes].sort((a, b) => Date.parse(b.received_at) - Date.parse(a.received_at))) {
    const approval = approvalOf(push);
    if (approval && approval.expiresAt > now && !(approval.verificationId in answered)) return approval;
  }
  return undefined;
}

const hex = (b: ArrayBuffer) => Array.from(new Uint8Array(b), (n) => n.toString(16).padStart(2, '0')).join('');

/** What the device signs to answer (docs/api.md): number is 0 with a refusal. */
export async function signedForAnswer(bankId: string, factorId: string, a: Approval, number: number): Promise<string> {
  const payee = hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(a.payee)));
  const decision = number > 0 ? 'approve' : 'deny';
  return ['visavis-approval-v1', bankId, a.verificationId, factorId, decision, number, a.amount, a.currency, payee, a.expiresUnix].map((line) => `${line}\n`).join('');
}

/** What the device signs to show that it holds its key. */
export function signedForFactor(bankId: string, customerId: string, factorId: string, challenge: string): string {
  return ['visavis-factor-v1', bankId, customerId, factorId, challenge].map((line) => `${line}\n`).join('');
}
