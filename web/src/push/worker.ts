import { noticeOf, ownPath, type PushData } from './notice';

/** What of ServiceWorkerGlobalScope is used: the DOM's types do not have it. */
export interface WorkerScope {
  location: { origin: string };
  registration: Pick<ServiceWorkerRegistration, 'getNotifications' | 'showNotification'>;
  caches: Pick<CacheStorage, 'open'>;
  clients: {
    matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<readonly WorkerClient[]>;
    openWindow(url: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: string, listener: (event: WorkerEvent) => void): void;
}

export interface WorkerClient {
  url: string;
  visibilityState: string;
  focus(): Promise<unknown>;
}

export interface WorkerEvent {
  waitUntil(work: Promise<unknown>): void;
  data?: { json(): unknown } | null;
  notification?: { data: unknown; close(): void };
}

const keep = 400;

/** Whether a message comes for the first time, in this browser and whenever the worker was started. */
async function firstTime(scope: WorkerScope, id: string): Promise<boolean> {
  const cache = await scope.caches.open('visavis-push');
  const key = `/seen/${encodeURIComponent(id)}`;
  if (await cache.match(key)) return false;
  await cache.put(key, new Response(''));
  const all = await cache.keys();
  for (const old of all.slice(0, Math.max(0, all.length - keep))) await cache.delete(old);
  return true;
}

function read(event: WorkerEvent): PushData {
  try {
    const data = event.data?.json();
    return data && typeof data === 'object' ? (data as PushData) : {};
  } catch {
    return {}; // not one of ours
  }
}

async function onPush(scope: WorkerScope, data: PushData): Promise<void> {
  const notice = noticeOf(data, Date.now(), scope.location.origin);
  if (notice.do === 'nothing') return;
  if (notice.do === 'close') {
    for (const shown of await scope.registration.getNotifications({ tag: notice.tag })) shown.close();
    return;
  }
  if (!(await firstTime(scope, notice.id))) return;
  if (notice.unlessSeen) {
    const pages = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
    if (pages.some((page) => page.visibilityState === 'visible' && new URL(page.url).pathname.startsWith(notice.unlessSeen!))) return;
  }
  await scope.registration.showNotification(notice.title, {
    body: notice.body, tag: notice.tag, lang: notice.lang, dir: 'auto', requireInteraction: notice.stays, data: { url: notice.url },
  });
}

/** A click opens what the notice is about: a console that is open comes forward, a link of the customer opens by itself. */
async function onClick(scope: WorkerScope, data: unknown): Promise<void> {
  const given = (data as { url?: unknown } | null)?.url;
  const url = ownPath(typeof given === 'string' ? given : '', scope.location.origin);
  const pages = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const open = pages.find((page) => {
    const at = new URL(page.url);
    return url.startsWith('/console') ? at.pathname.startsWith('/console') : at.pathname + at.search === url;
  });
  await (open ? open.focus() : scope.clients.openWindow(url));
}

/** Makes a service worker's scope show our pushes. It keeps nothing else, and answers no request of the pages. */
export function start(scope: WorkerScope): void {
  scope.addEventListener('install', (event) => event.waitUntil(scope.skipWaiting()));
  scope.addEventListener('push', (event) => event.waitUntil(onPush(scope, read(event))));
  scope.addEventListener('notificationclick', (event) => {
    event.notification?.close();
    event.waitUntil(onClick(scope, event.notification?.data));
  });
}
