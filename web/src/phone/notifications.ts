import type { Memory } from './memory';
import { type RingFate, ringsOf } from './ringing';
import type { Push, Sms, Snapshot, VoiceCall } from './simulator';
import { isOwn, threadsOf } from './threads';

/** Something on the lock screen. */
export type Notification =
  | { kind: 'sms'; id: string; at: number; sms: Sms; more: number }
  | { kind: 'push'; id: string; at: number; push: Push }
  | { kind: 'ring'; id: string; at: number; bank: string; fate: Exclude<RingFate, 'ringing'> }
  | { kind: 'call'; id: string; at: number; call: VoiceCall };

/** The words of a push, wherever it carries them; a silent one has none. */
export function wordsOf(push: Push): { title: string; body: string } {
  const pick = (name: string) => {
    const value = push.notification?.[name] ?? push.data?.[name];
    return typeof value === 'string' ? value : '';
  };
  return { title: pick('title'), body: pick('body') };
}

/** Where a push leads; null when nowhere that a browser should go. */
export function leadsTo(push: Push): string | null {
  const link = push.data?.link;
  return typeof link === 'string' && /^https?:\/\//i.test(link) && URL.canParse(link) ? link : null;
}

/** What is new on the handset since the person looked or cleared, latest first: one entry a thread. */
export function notificationsOf(phone: Snapshot, memory: Memory, now: number): Notification[] {
  const since = Date.parse(memory.cleared) || 0;
  const out: Notification[] = [];
  for (const thread of threadsOf(phone.messages, memory.seen, phone.scenario === 'no-final-receipt')) {
    const latest = thread.messages.findLast((m) => !isOwn(m));
    if (thread.unread > 0 && latest) {
      out.push({ kind: 'sms', id: latest.id, at: Date.parse(latest.created_at), sms: latest, more: thread.unread - 1 });
    }
  }
  for (const push of phone.pushes) {
    const type = push.data?.type;
    if (type === 'call_ringing' || type === 'call_cancelled') continue;
    out.push({ kind: 'push', id: push.id, at: Date.parse(push.received_at), push });
  }
  for (const { ring, fate } of ringsOf(phone.pushes, memory.handled, now)) {
    if (fate !== 'ringing') out.push({ kind: 'ring', id: ring.callId, at: ring.receivedAt, bank: ring.bank, fate });
  }
  for (const call of phone.calls) {
    if (call.direction !== 'inbound' && call.ended_at && call.status === 'no-answer') {
      out.push({ kind: 'call', id: call.id, at: Date.parse(call.created_at), call });
    }
  }
  return out.filter((n) => n.at > since).sort((a, b) => b.at - a.at);
}
