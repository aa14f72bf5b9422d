import { Problem, randomUUID, type Schema } from '@/api';

/** A kiosk: the key that it acts by (scope kiosk: it takes numbers and does nothing else) and the branch where it stands. */
export interface Kiosk {
  key: string;
  branch: string;
}

const place = 'visavis.kiosk';
export const branchShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function readKiosk(): Kiosk | null {
  try {
    const saved = JSON.parse(localStorage.getItem(place) ?? 'null') as Partial<Kiosk> | null;
    return saved && typeof saved.key === 'string' && typeof saved.branch === 'string' ? { key: saved.key, branch: saved.branch } : null;
  } catch {
    return null;
  }
}

export function keepKiosk(kiosk: Kiosk | null): void {
  if (kiosk) localStorage.setItem(place, JSON.stringify(kiosk));
  else localStorage.removeItem(place);
}

/** Asks the API as the kiosk, never as somebody who has signed in at this browser. */
async function ask(kiosk: Kiosk, path: string, sent?: object): Promise<Response> {
  const answer = await fetch(path, {
    method: sent ? 'POST' : 'GET',
    credentials: 'omit',
    headers: {
      Authorization: `Bearer ${kiosk.key}`,
      Accept: 'application/json, image/svg+xml, application/problem+json',
      ...(sent && { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() }),
    },
    body: sent && JSON.stringify(sent),
  }).catch(() => {
    throw new Problem('network', 'the connection was lost', 0);
  });
  if (!answer.ok) throw await Problem.fromResponse(answer);
  return answer;
}

export type Who = { phone: string } | { card_hash: string } | object;

export async function takeNumber(kiosk: Kiosk, who: Who): Promise<Schema<'Ticket'>> {
  return (await (await ask(kiosk, '/v1/tickets', { branch: kiosk.branch, ...who })).json()) as Schema<'Ticket'>;
}

export async function proveNumber(kiosk: Kiosk, ticket: string, code: string): Promise<Schema<'TicketCheck'>> {
  return (await (await ask(kiosk, `/v1/tickets/${ticket}/check`, { code })).json()) as Schema<'TicketCheck'>;
}

/** The ticket's QR code as a picture's address. */
export async function codeOf(kiosk: Kiosk, ticket: string): Promise<string> {
  return `data:image/svg+xml,${encodeURIComponent(await (await ask(kiosk, `/v1/tickets/${ticket}/qr.svg`)).text())}`;
}
