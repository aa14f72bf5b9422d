import { useTranslation } from 'react-i18next';

/** Providers' codes by what they mean for the bank. Twilio: https://www.twilio.com/docs/api/errors; FCM: ErrorCode; APNs: reason; ours in lower case. */
const meaning: Record<string, string> = {
  21211: 'number', 21214: 'number', 21217: 'number', 21614: 'number', 21635: 'landline', 21601: 'number', 30005: 'number', number: 'number', 13224: 'number',
  30006: 'landline', 21612: 'country', 21408: 'country', 13227: 'country', 21215: 'country', 21216: 'country',
  21610: 'optedOut', opted_out: 'optedOut', 30003: 'unreachable', 30004: 'blocked', 30007: 'filtered', 30032: 'sender', 30034: 'sender', 21606: 'sender', 21659: 'sender', SENDER_ID_MISMATCH: 'sender', TopicDisallowed: 'sender', BadTopic: 'sender',
  30008: 'unknown', error: 'unknown', 30001: 'busy', 30010: 'price', 20429: 'busy', 429: 'busy', 14107: 'busy', throttled: 'busy', load: 'busy', QUOTA_EXCEEDED: 'busy', TooManyRequests: 'busy', HTTP_429: 'busy',
  20003: 'account', 20005: 'account', 30002: 'account', THIRD_PARTY_AUTH_ERROR: 'account', UNAUTHENTICATED: 'account', PERMISSION_DENIED: 'account', InvalidProviderToken: 'account', ExpiredProviderToken: 'account',
  20500: 'down', 20503: 'down', 52000: 'down', unbound: 'down', provider_down: 'down', network: 'network', answer: 'network', cancelled: 'network', UNAVAILABLE: 'down', INTERNAL: 'down', ServiceUnavailable: 'down', InternalServerError: 'down',
  UNREGISTERED: 'gone', Unregistered: 'gone', BadDeviceToken: 'gone', DeviceTokenNotForTopic: 'gone', ExpiredToken: 'gone', HTTP_404: 'gone', HTTP_410: 'gone', no_device: 'gone', address: 'gone',
  INVALID_ARGUMENT: 'content', PayloadTooLarge: 'content', payload: 'content', text: 'content', request: 'content', 21617: 'content', 21602: 'content', HTTP_413: 'content',
  expired: 'late', quiet_hours: 'quiet', frequency_cap: 'cap', 'no-answer': 'noAnswer', busy: 'lineBusy',
};

/** The words of what a provider's code means; undefined for one that is not known. */
export function meaningOf(code: string): string | undefined {
  return Object.hasOwn(meaning, code) ? meaning[code] : undefined;
}

/** Says a provider's code in words and keeps the code itself behind: whoever calls the provider needs it. */
export function useCodeWords(): (code: string) => string {
  const { t } = useTranslation('console');
  return (code) => {
    const key = meaningOf(code);
    return key ? t(`providerCode.${key as 'number'}`) : t('providerCode.other');
  };
}

const statuses = ['queued', 'accepted', 'sending', 'sent', 'delivered', 'read', 'undelivered', 'failed', 'initiated', 'ringing', 'in-progress', 'answered', 'completed', 'busy', 'no-answer', 'canceled'] as const;

/** What receipts of SMPP 3.4 (5.2.28), some local carriers and our own look-ups call it. */
const others: Record<string, (typeof statuses)[number]> = {
  delivrd: 'delivered', undeliv: 'undelivered', expired: 'undelivered', rejectd: 'failed', deleted: 'canceled', acceptd: 'accepted', enroute: 'sending', submitted: 'sent', undeliverable: 'undelivered', rejected: 'failed',
};

/** The status that a receipt's word stands for; undefined for one that is not known. */
export function statusOf(word: string): (typeof statuses)[number] | undefined {
  const low = word.toLowerCase();
  return statuses.find((s) => s === low) ?? (Object.hasOwn(others, low) ? others[low] : undefined);
}

/** A receipt's word in the reader's language; the provider's own where we know none. */
export function useReceiptWords(): (status: string) => string {
  const { t } = useTranslation('console');
  return (word) => {
    const known = statusOf(word);
    return known ? t(`receiptStatus.${known}`) : word;
  };
}

const route = /^(named by the sender, not in )?the bank's route(?: for (\w+))?(?:, prefix (\+\d+))?(?:, step \d+)?$/;
const down = /^(\S+) was down$/;

/** A part of why a delivery goes the way it goes: a text under `path`, or the server's own words. */
export type Why = { key: 'routeAny' | 'routeAnyPrefix' | 'routeOf' | 'routeOfPrefix' | 'beside' | 'down' | 'answer' | 'unrouted'; kind?: string; prefix?: string; provider?: string } | { words: string };

/** Why a delivery goes the way it goes, as the server tells it (channels.Step.Why, and what happened to it since). */
export function whyOf(why: string): Why[] {
  if (!why) return [{ key: 'unrouted' }];
  return why.split('; ').map((part): Why => {
    const [of, beside, kind, prefix] = route.exec(part) ?? [];
    if (of && beside) return { key: 'beside' };
    if (of) return { key: `route${kind ? 'Of' : 'Any'}${prefix ? 'Prefix' : ''}`, kind, prefix };
    const provider = down.exec(part)?.[1];
    if (provider) return { key: 'down', provider };
    return part.startsWith('the answer to ') ? { key: 'answer' } : { words: part };
  });
}

/** whyOf in the reader's language. */
export function useWhy(): (why: string) => string {
  const { t } = useTranslation('console');
  return (why) =>
    whyOf(why)
      .map((w) => {
        if ('words' in w) return w.words;
        const kind = w.kind && t(`messageClass.${w.kind as 'security'}`, { defaultValue: w.kind });
        return t(`path.${w.key}`, { kind, prefix: `\u2066${w.prefix}\u2069`, provider: `\u2068${w.provider}\u2069` });
      })
      .join('; ');
}
