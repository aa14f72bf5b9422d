import { words } from './words';

/** What a push of ours holds: all strings. */
export type PushData = Readonly<Record<string, unknown>>;

/** What to do about a push. */
export type Notice =
  /** Too late, or nothing that we know. */
  | { do: 'nothing' }
  /** A ring is over: what shows it goes away. */
  | { do: 'close'; tag: string }
  | {
      do: 'show';
      /** Shown once, however often it comes. */
      id: string;
      title: string;
      body: string;
      /** Two of the same tag are one notification. */
      tag: string;
      lang: string;
      /** It stays until somebody acts: a call, a customer who waits. */
      stays: boolean;
      /** Where a click leads, on our own origin. */
      url: string;
      /** A page in sight below this path tells it already. */
      unlessSeen: string | null;
    };

const text = (value: unknown) => (typeof value === 'string' ? value : '');

/** The path of an address of ours; the visit page's when it is another's. */
export function ownPath(address: string, origin: string): string {
  try {
    const url = new URL(address || '/visit/', origin);
    return url.origin === origin ? url.pathname + url.search : '/visit/';
  } catch {
    return '/visit/';
  }
}

/** Reads a push. A ring, an offer or anything else whose time has passed is not shown. */
export function noticeOf(data: PushData, now: number, origin: string): Notice {
  const type = text(data.type);
  const expires = Date.parse(text(data.expires_at));
  const call = text(data.call_id);
  if (type === 'call_cancelled') return call ? { do: 'close', tag: call } : { do: 'nothing' };
  if (!Number.isNaN(expires) && now >= expires) return { do: 'nothing' };
  const id = text(data.message_id);
  const lang = text(data.locale) || 'en';
  if (type === 'queue_offered') {
    const say = words[lang] ?? words.en!;
    return {
      do: 'show', id, title: say.offerTitle, body: say.offerBody, tag: 'visavis-offer', lang, stays: true,
      url: ownPath(text(data.path) || '/console', origin), unlessSeen: '/console',
    };
  }
  if (type === 'call_invited') {
    const say = words[lang] ?? words.en!;
    return {
      do: 'show', id, title: say.invitedTitle, body: say.invitedBody, tag: 'visavis-invited', lang, stays: true,
      url: ownPath(text(data.path) || '/console', origin), unlessSeen: '/console',
    };
  }
  const title = text(data.title) || text(data.bank);
  const body = text(data.body);
  if (!id || (!title && !body)) return { do: 'nothing' };
  const ring = type === 'call_ringing';
  return {
    do: 'show', id, title, body, tag: call || id, lang, stays: ring,
    url: ownPath(text(data.link), origin), unlessSeen: ring ? '/visit' : null,
  };
}
