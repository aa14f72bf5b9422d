import { api, body, Problem, type Schema } from '@/api';

/** Whether this browser can be told by push, and is. `off` in a gateway that has no Web Push shows nothing at all. */
export type PushState = 'absent' | 'unsupported' | 'denied' | 'off' | 'on';

/** Whom a browser is registered for, and how. */
export interface PushUse {
  /** Names what this browser remembers of it: the agent, or the case. */
  key: string;
  add(subscription: Schema<'PushSubscription'>): Promise<{ id: string }>;
  remove(id: string): Promise<void>;
}

const prefix = 'visavis.push.';

interface Kept {
  id: string;
  endpoint: string;
}

function kept(key: string): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(prefix + key) ?? 'null') as Kept | null;
  } catch {
    return null;
  }
}

function keep(key: string, value: Kept | null): void {
  try {
    if (value) localStorage.setItem(prefix + key, JSON.stringify(value));
    else localStorage.removeItem(prefix + key);
  } catch {
    // storage may be refused: then the switch is off again after a reload
  }
}

/** Whether somebody else of this browser is told by the same subscription: a browser has only one. */
function sharedWithOthers(): boolean {
  try {
    return Object.keys(localStorage).some((name) => name.startsWith(prefix));
  } catch {
    return true;
  }
}

export function pushSupported(): boolean {
  return window.isSecureContext && 'serviceWorker' in navigator && 'PushManager' in window && typeof Notification !== 'undefined';
}

/** The gateway's key; null when it has no Web Push. */
export async function pushKey(): Promise<string | null> {
  try {
    return (await body(api.GET('/v1/push-key'))).public_key;
  } catch (error) {
    if (Problem.from(error).status === 404) return null;
    throw error;
  }
}

async function current(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration('/');
  return (await registration?.pushManager.getSubscription()) ?? null;
}

export async function pushState(use: PushUse): Promise<PushState> {
  if ((await pushKey()) === null) return 'absent';
  if (!pushSupported()) return 'unsupported';
  if (Notification.permission === 'denied') return 'denied';
  const known = kept(use.key);
  if (!known || Notification.permission !== 'granted') return 'off';
  const subscription = await current();
  if (subscription?.endpoint === known.endpoint) return 'on';
  keep(use.key, null); // the browser has forgotten it, or has got another
  return 'off';
}

const bytes = (base64url: string) => Uint8Array.from(atob(base64url.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const base64url = (buffer: ArrayBuffer | null) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer ?? new ArrayBuffer(0)))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

/** Asks for the browser's permission, subscribes and registers. Call it from a click. */
export async function turnOn(use: PushUse): Promise<PushState> {
  if ((await Notification.requestPermission()) !== 'granted') return Notification.permission === 'denied' ? 'denied' : 'off';
  const key = await pushKey();
  if (key === null) return 'absent';
  await navigator.serviceWorker.register('/sw.js', { scope: '/' });
  const { pushManager } = await navigator.serviceWorker.ready;
  let subscription = await pushManager.getSubscription();
  if (subscription && base64url(subscription.options.applicationServerKey) !== key) {
    await subscription.unsubscribe(); // the gateway has another key by now
    subscription = null;
  }
  subscription ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
  const { id } = await use.add({
    endpoint: subscription.endpoint, p256dh: base64url(subscription.getKey('p256dh')), auth: base64url(subscription.getKey('auth')),
  });
  keep(use.key, { id, endpoint: subscription.endpoint });
  return 'on';
}

export async function turnOff(use: PushUse): Promise<PushState> {
  const known = kept(use.key);
  if (known) {
    try {
      await use.remove(known.id);
    } catch (error) {
      if (Problem.from(error).status !== 404) throw error; // gone is what was asked for
    }
    keep(use.key, null);
  }
  if (!sharedWithOthers()) await (await current())?.unsubscribe();
  return 'off';
}
