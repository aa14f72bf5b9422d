import type { Sms } from './simulator';

/** All SMS with one other side. */
export interface Thread {
  /** The other side: a number or an alphanumeric sender. */
  with: string;
  /** Oldest first. */
  messages: Sms[];
  last: Sms;
  /** Received and not yet seen. */
  unread: number;
}

/** Whether an SMS was written on this handset. */
export const isOwn = (message: Sms) => message.direction === 'inbound';

/**
 * Whether an SMS is on this handset: what a carrier refused, has under way or
 * could not deliver is not. `silent` is for a number whose carrier never
 * reports the end: there "sent" is all that will be known.
 */
export function arrived(message: Sms, silent = false): boolean {
  return isOwn(message) || message.status === 'delivered' || message.status === 'read' || (silent && message.status === 'sent');
}

/**
 * Groups SMS by the other side, the latest thread first. `seen` holds the
 * created_at up to which each thread was looked at.
 */
export function threadsOf(messages: readonly Sms[], seen: Readonly<Record<string, string>>, silent = false): Thread[] {
  const byPeer = new Map<string, Sms[]>();
  for (const message of messages) {
    if (!arrived(message, silent)) continue;
    const peer = isOwn(message) ? message.to : message.from;
    const list = byPeer.get(peer);
    if (list) list.push(message);
    else byPeer.set(peer, [message]);
  }
  const time = (m: Sms) => Date.parse(m.created_at);
  return [...byPeer]
    .map(([peer, list]) => {
      // The lists come newest first; of two in one moment the later in the list is older.
      const sorted = list.reverse().sort((a, b) => time(a) - time(b));
      const until = Date.parse(seen[peer] ?? '') || 0;
      return { with: peer, messages: sorted, last: sorted.at(-1)!, unread: sorted.filter((m) => !isOwn(m) && time(m) > until).length };
    })
    .sort((a, b) => time(b.last) - time(a.last));
}
