import { Problem } from '@/api';

/** An SMS as the simulator's handset API shows it. */
export interface Sms {
  id: string;
  to: string;
  from: string;
  body: string;
  /** "inbound" was written on this handset; anything else came to it. */
  direction: string;
  status: string;
  error_code?: number;
  created_at: string;
}

/** Something heard on a voice call. */
export interface Utterance {
  /** "gateway" or "handset". */
  by: string;
  /** say, play, pause, digits, dial, redirect, hangup, reject. */
  verb: string;
  text: string;
  /** BCP 47, of what is said. */
  language?: string;
  at: string;
}

/** A voice call. */
export interface VoiceCall {
  id: string;
  to: string;
  from: string;
  /** outbound-api or outbound-dial ring here; inbound was dialled here. */
  direction: string;
  status: string;
  transcript: Utterance[];
  /** Null while no keys are awaited. */
  gathering: { num_digits: number; finish_on_key: string; timeout_seconds: number; digits: string } | null;
  /** Why the call's TwiML could not be executed. */
  error: { code: number; message: string } | null;
  created_at: string;
  answered_at: string | null;
  ended_at: string | null;
}

/** A push as the handset's system got it. */
export interface Push {
  id: string;
  token?: string;
  data: Record<string, unknown> | null;
  notification: Record<string, unknown> | null;
  received_at: string;
  expires_at: string;
}

/** Everything that a handset got and sent, newest first. */
/** Which provider pushes to a handset: FCM, APNs or Web Push. */
export type HandsetKind = 'android' | 'iphone' | 'browser';

export interface Snapshot {
  number: string;
  kind: HandsetKind;
  /** The registration token that FCM or Apple would give to the app on this phone; of a browser its endpoint. */
  token: string;
  /** The body with which a bank registers it. */
  device: Record<string, string>;
  /** False once the app was removed: the carrier answers UNREGISTERED. */
  registered: boolean;
  /** Name of the failure that the number's ending chooses; empty when none. */
  scenario: string;
  messages: Sms[];
  calls: VoiceCall[];
  pushes: Push[];
}

/** Failures by chance; rates lie in 0 to 1. */
export interface Faults {
  sms_failure_rate: number;
  push_failure_rate: number;
  call_failure_rate: number;
  http_error_rate: number;
  /** Waited before every answer of a carrier, 0 to 60,000. */
  latency_ms: number;
}

/** What a number's last digits or a push token's end bring about. */
export interface Ending {
  suffix: string;
  applies_to: 'number' | 'push_token' | 'apns_token' | 'webpush_endpoint';
  name: string;
  sms?: string;
  call?: string;
  push?: string;
}

async function ask<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<{ value: T; date: string | null }> {
  const response = await fetch(path, {
    method,
    credentials: 'same-origin',
    cache: 'no-store',
    signal,
    headers: {
      Accept: 'application/json, application/problem+json',
      ...(method === 'GET' ? {} : { 'X-Visavis-Request': '1' }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) throw await Problem.fromResponse(response);
  const json = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  if (!json && response.status !== 204) {
    // Without a simulator some servers answer every path with a page.
    throw new Problem('/problems/not_found', 'Not found', 404);
  }
  return { value: (json ? await response.json() : undefined) as T, date: response.headers.get('date') };
}

const phone = (number: string) => `/simulator/phones/${encodeURIComponent(number)}`;
const call = (id: string) => `/simulator/calls/${encodeURIComponent(id)}`;

/** The handset API. Every answer that is not 2xx is thrown as a Problem. */
export const simulator = {
  /** `date` is the server's clock, by the second; null when the answer does not tell it. */
  snapshot: (number: string, signal?: AbortSignal) => ask<Snapshot>('GET', phone(number), undefined, signal),
  reply: async (number: string, to: string, body: string) => (await ask<Sms>('POST', `${phone(number)}/reply`, { to, body })).value,
  /** Calls the bank's number; the bank's first when `to` is empty. */
  dial: async (number: string, to = '') => (await ask<VoiceCall>('POST', `${phone(number)}/call`, { to })).value,
  setKind: (number: string, kind: HandsetKind) => ask<unknown>('PUT', `${phone(number)}/kind`, { kind }),
  installApp: (number: string) => ask<unknown>('POST', `${phone(number)}/token`),
  removeApp: (number: string) => ask<unknown>('DELETE', `${phone(number)}/token`),
  /** The bank's app on this phone, whose server the simulator plays: its key is made known, then proved, then signs answers. */
  setUpApp: async (number: string, publicKey: string) =>
    (await ask<{ bank_id: string; customer_id: string; factor_id: string; challenge: string }>('POST', `${phone(number)}/app`, { public_key: publicKey })).value,
  confirmApp: (number: string, factorId: string, proof: string) => ask<unknown>('POST', `${phone(number)}/app/confirm`, { factor_id: factorId, proof }),
  answerApp: async (number: string, answer: { verification_id: string; factor_id: string; decision: 'approve' | 'deny'; number?: number; signature: string }) =>
    (await ask<{ approved: boolean; state: string }>('POST', `${phone(number)}/app/answer`, answer)).value,
  press: async (id: string, key: 'answer' | 'reject' | 'hangup') => (await ask<VoiceCall>('POST', `${call(id)}/${key}`)).value,
  digits: async (id: string, digits: string) => (await ask<VoiceCall>('POST', `${call(id)}/digits`, { digits })).value,
  faults: async () => (await ask<Faults>('GET', '/simulator/faults')).value,
  setFaults: async (faults: Partial<Faults>) => (await ask<Faults>('PUT', '/simulator/faults', faults)).value,
  endings: async () => (await ask<Ending[]>('GET', '/simulator/scenarios')).value,
  /** The latest SMS to any number: who could be looked at. */
  recent: async () => (await ask<Sms[]>('GET', '/simulator/messages?limit=100')).value,
};

/** Where the handset's news arrive as server-sent events named message, call and push. */
export function streamURL(number: string): string {
  return `/simulator/stream?number=${encodeURIComponent(number)}`;
}
