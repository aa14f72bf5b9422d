import { apiWith, body, type Schema } from '@/api';

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

export type Who = { phone: string } | { card_hash: string } | object;

export function takeNumber(kiosk: Kiosk, who: Who): Promise<Schema<'Ticket'>> {
  return body(apiWith(kiosk.key).POST('/v1/tickets', { body: { branch: kiosk.branch, ...who } }));
}

export function proveNumber(kiosk: Kiosk, ticket: string, code: string): Promise<Schema<'TicketCheck'>> {
  return body(apiWith(kiosk.key).POST('/v1/tickets/{ticket_id}/check', { params: { path: { ticket_id: ticket } }, body: { code } }));
}

/** The ticket's QR code as a picture's address. */
export async function codeOf(kiosk: Kiosk, ticket: string): Promise<string> {
  const svg = await body(apiWith(kiosk.key).GET('/v1/tickets/{ticket_id}/qr.svg', { params: { path: { ticket_id: ticket } }, parseAs: 'text' }));
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
