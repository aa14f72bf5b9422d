import type { Push } from './simulator';

/** An identification call that rings, as its data push tells it. */
export interface Ring {
  callId: string;
  bank: string;
  /** Where to answer: the gateway's page of the customer. */
  link: string;
  /** The secret in the link: it authorizes "it rings" and "decline". */
  token: string;
  /** Milliseconds since 1970: afterwards the ring is dropped. */
  expiresAt: number;
  receivedAt: number;
}

export type RingFate = 'ringing' | 'answered' | 'declined' | 'missed' | 'stopped';

/** What a person did with a ring in this browser, by call_id. */
export type Handled = Readonly<Record<string, 'answered' | 'declined'>>;

const text = (value: unknown) => (typeof value === 'string' ? value : '');

/** The customer's token in a link of ours; null for any other address. */
export function tokenOf(link: string): string | null {
  try {
    const url = new URL(link);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
    return /^\/visit\/([\w-]{20,200})\/?$/.exec(url.pathname)?.[1] ?? null;
  } catch {
    return null;
  }
}

/** The link with answer=1, which opens the call without asking once more. */
export function answerLink(link: string): string {
  const url = new URL(link);
  url.searchParams.set('answer', '1');
  return url.href;
}

/** Reads a push of type call_ringing; null for any other and for one that lacks what a ring needs. */
export function parseRing(push: Push): Ring | null {
  const data = push.data ?? {};
  if (data.type !== 'call_ringing') return null;
  const link = text(data.link);
  const token = tokenOf(link);
  const expiresAt = Date.parse(text(data.expires_at));
  const callId = text(data.call_id);
  if (!token || !callId || Number.isNaN(expiresAt)) return null;
  const received = Date.parse(push.received_at);
  return { callId, bank: text(data.bank), link, token, expiresAt, receivedAt: Number.isNaN(received) ? expiresAt : received };
}

/** The call that a push of type call_cancelled ends; null for any other push. */
export function parseStop(push: Push): string | null {
  return push.data?.type === 'call_cancelled' ? text(push.data.call_id) || null : null;
}

/**
 * All rings of a handset, each call_id once (pushes may come twice, and in any
 * order), with what became of each by now. Newest first.
 */
export function ringsOf(pushes: readonly Push[], handled: Handled, now: number): { ring: Ring; fate: RingFate }[] {
  const stopped = new Set<string>();
  const rings = new Map<string, Ring>();
  for (const push of pushes) {
    const stop = parseStop(push);
    if (stop) stopped.add(stop);
    const ring = parseRing(push);
    if (!ring) continue;
    const known = rings.get(ring.callId);
    // The first arrival counts, the last moment too.
    if (!known) rings.set(ring.callId, ring);
    else if (ring.receivedAt < known.receivedAt) rings.set(ring.callId, { ...ring, expiresAt: Math.max(ring.expiresAt, known.expiresAt) });
  }
  return [...rings.values()]
    .sort((a, b) => b.receivedAt - a.receivedAt)
    .map((ring) => ({
      ring,
      fate: handled[ring.callId] ?? (stopped.has(ring.callId) ? 'stopped' : now >= ring.expiresAt ? 'missed' : 'ringing'),
    }));
}

/** The ring to show now: the latest that still rings. */
export function currentRing(pushes: readonly Push[], handled: Handled, now: number): Ring | null {
  return ringsOf(pushes, handled, now).find((r) => r.fate === 'ringing')?.ring ?? null;
}
