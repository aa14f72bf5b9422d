import { useQueryClient } from '@tanstack/react-query';
import { createContext, useCallback, useContext } from 'react';
import { api, body, type Schema } from '@/api';
import { currentLanguage, type Language, pickLanguage, suggestLanguage } from '@/shared/i18n';
import { pickedZone } from './zonePick';

export type Visit = Schema<'Visit'>;

export const visitKey = ['visit'] as const;

/** The token of /visit/{token}; undefined when the path has none. */
export function tokenOf(path: string): string | undefined {
  return /^\/visit\/([A-Za-z0-9_-]{43})\/?$/.exec(path)?.[1];
}

let answerAtOnce = false;

/** Whether the link was opened by who pressed Answer elsewhere (`?answer=1`, in the bank's app); true once. */
export function takeAnswer(): boolean {
  const taken = answerAtOnce;
  answerAtOnce = false;
  return taken;
}

/** Exchanges the link's token for the session's cookie once, and takes it out of the address bar; later reads by the cookie. */
export async function readVisit(): Promise<Visit> {
  const token = tokenOf(window.location.pathname);
  if (!token) return body(api.GET('/v1/visit'));
  const visit = await body(api.POST('/v1/visit/session', { body: { token } }));
  answerAtOnce = new URLSearchParams(window.location.search).get('answer') === '1';
  window.history.replaceState(null, '', '/visit/');
  return visit;
}

/** What the page must tell the server: a language that the person picked, and the zone that the device is in. */
export function changesFor(customer: Visit['customer'], language: Language, zone: string | undefined): Schema<'VisitChanges'> {
  return {
    ...(language === customer.locale ? {} : { locale: language }),
    ...(!zone || sameZone(zone, customer.time_zone) ? {} : { time_zone: zone }),
  };
}

/** Some browsers still say Asia/Saigon for Asia/Ho_Chi_Minh. */
function sameZone(a: string, b: string): boolean {
  const canonical = (zone: string) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
    } catch {
      return zone;
    }
  };
  return a === b || canonical(a) === canonical(b);
}

/** The device's IANA zone; undefined where the browser does not know it. */
export function deviceZone(): string | undefined {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || undefined;
}

/** Shows the visit in the customer's language, then tells the server what differs. Gives the visit as it stands afterwards. */
export async function settle(visit: Visit): Promise<Visit> {
  await suggestLanguage(visit.customer.locale);
  const changes = changesFor(visit.customer, currentLanguage(), pickedZone() ?? deviceZone());
  if (Object.keys(changes).length === 0) return visit;
  try {
    return await body(api.PATCH('/v1/visit', { body: changes }));
  } catch {
    return visit; // the page works in either language and zone
  }
}

const bankKey = 'visavis.bank';

/** Remembers whose customer this browser is, for a new link when the session has ended. */
export function rememberBank(bank: { slug: string; name: string }): void {
  try {
    localStorage.setItem(bankKey, JSON.stringify({ slug: bank.slug, name: bank.name }));
  } catch {
    // then the link itself is needed
  }
}

export function rememberedBank(): { slug: string; name: string } | undefined {
  try {
    const bank = JSON.parse(localStorage.getItem(bankKey) ?? 'null') as { slug?: unknown; name?: unknown } | null;
    return typeof bank?.slug === 'string' && typeof bank.name === 'string' ? { slug: bank.slug, name: bank.name } : undefined;
  } catch {
    return undefined;
  }
}

/** A value that outlives a reload of this tab and nothing more. */
export const tab = {
  get(key: string): string | undefined {
    try {
      return sessionStorage.getItem(`visavis.visit.${key}`) ?? undefined;
    } catch {
      return undefined;
    }
  },
  set(key: string, value: string | undefined): void {
    try {
      if (value === undefined) sessionStorage.removeItem(`visavis.visit.${key}`);
      else sessionStorage.setItem(`visavis.visit.${key}`, value);
    } catch {
      // then a reload begins this part anew
    }
  },
};

/** What every screen works with. */
export interface VisitContextValue {
  visit: Visit;
  /** Shows the visit that the server answered with. */
  setVisit: (visit: Visit) => void;
  /** Reads it anew. */
  refresh: () => Promise<unknown>;
  /** Goes to a screen that the server did not ask for, or back to the one that it did. */
  goTo: (screen: Detour | undefined) => void;
}

/** Screens that the person chooses: to change something, to choose the time first, to move a booking, to try the devices, to call now. */
export type Detour = 'document' | 'form' | 'confirm' | 'time' | 'move' | 'test' | 'prepare';

export const VisitContext = createContext<VisitContextValue | null>(null);

export function useVisit(): VisitContextValue {
  const value = useContext(VisitContext);
  if (!value) throw new Error('useVisit outside of a visit');
  return value;
}

/** The language was picked on the page: shows it, and has the server's texts in it too. */
export function usePickLanguage(): (language: Language) => void {
  const client = useQueryClient();
  return useCallback(
    (language) => {
      void pickLanguage(language).then(async () => {
        if (!client.getQueryData(visitKey)) return;
        client.setQueryData(visitKey, await body(api.PATCH('/v1/visit', { body: { locale: language } })));
      }).catch(() => {});
    },
    [client],
  );
}
