import { digitsOf } from '@/shared/components/CodeInput';

/**
 * A phone number as people type it ("+84 90…", "0084…", a plus that a query
 * string turned into a space) in E.164; null when it cannot be one.
 */
export function toE164(raw: string): string | null {
  const text = raw.trim();
  if (!/^[+\p{Nd}\s().-]+$/u.test(text)) return null;
  const digits = digitsOf(text).replace(/^00/, '');
  return /^[1-9]\d{6,14}$/.test(digits) ? `+${digits}` : null;
}

const lastKey = 'visavis.phone.number';
const recentKey = 'visavis.phone.numbers';

// What storage refused to keep: then this tab alone knows, until it is closed.
const refused = new Map<string, string>();

/** A value of this browser's storage; `fallback` where there is none, or something else. */
export function readStored<T>(key: string, fallback: T): T {
  try {
    const raw = refused.get(key) ?? localStorage.getItem(key);
    return raw === null ? fallback : (JSON.parse(raw) as T);
  } catch {
    return fallback;
  }
}

/** Keeps a value in this browser. */
export function store(key: string, value: unknown): void {
  const raw = JSON.stringify(value);
  try {
    localStorage.setItem(key, raw);
    refused.delete(key);
  } catch {
    refused.set(key, raw);
  }
}

/** The tab's number: the address's, else the last one used in this browser. */
export function firstNumber(search: string): string | null {
  const asked = new URLSearchParams(search).get('number'); // "+84" comes as " 84", which toE164 takes too
  if (asked?.trim() === '') return null; // another handset, to be chosen
  return toE164(asked ?? '') ?? toE164(String(readStored<unknown>(lastKey, '')));
}

/** Numbers used in this browser, latest first. */
export function usedNumbers(): string[] {
  const list = readStored<unknown>(recentKey, []);
  return Array.isArray(list) ? list.filter((n): n is string => typeof n === 'string' && toE164(n) === n) : [];
}

/** Makes a number this tab's: the address names it, so that each tab keeps its own. */
export function rememberNumber(number: string): void {
  store(lastKey, number);
  store(recentKey, [number, ...usedNumbers().filter((n) => n !== number)].slice(0, 8));
  const url = new URL(window.location.href);
  url.searchParams.set('number', number);
  window.history.replaceState(null, '', url);
}

/** A number that ends as wanted and otherwise looks like this one. */
export function withEnding(number: string | null, suffix: string): string {
  return (number ?? '+84901230000').slice(0, -suffix.length) + suffix;
}
