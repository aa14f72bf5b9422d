import type { Detour, Visit } from './session';

/** The page shows one of these at a time. */
export type ScreenName =
  | 'welcome' | 'prove' | 'consent' | 'document' | 'form' | 'confirm' | 'slot' | 'time' | 'move' | 'offer' | 'booked'
  | 'test' | 'prepare' | 'queue' | 'ringing' | 'elsewhere' | 'join' | 'call' | 'after' | 'missed' | 'done';

/** What only this tab knows. */
export interface TabState {
  /** The welcome was read. */
  begun: boolean;
  detour?: Detour;
  /** Id of the call whose end was read. */
  seenCall?: string;
  /** Id of the place in the queue that the customer took on this page. */
  walkIn?: string;
  /** The waitlist's offer that the customer has put off, as offerKey names it. */
  putOff?: string;
  /** Id of the ringing call that was accepted in this tab. */
  accepted?: string;
  /** Id of the call that this tab has joined. */
  joined?: string;
}

/** Where one may go by oneself from each step that the server asks for. */
const detours: Partial<Record<Visit['next_step'], readonly Detour[]>> = {
  consent: ['time'],
  document: ['time'],
  form: ['document', 'time'],
  confirm: ['document', 'form', 'time'],
  slot: ['document', 'form', 'confirm', 'test', 'prepare'],
  wait: ['move', 'test', 'prepare'],
};

/** Names one offer of the waitlist: the same entry may be offered another time later. */
export function offerKey(visit: Visit): string | undefined {
  const { waitlist } = visit;
  return waitlist?.state === 'offered' && waitlist.offer ? `${waitlist.id} ${waitlist.offer.start}` : undefined;
}

/** The screen for the visit as the server tells it: next_step decides, the tab only within what it leaves open. */
export function screenOf(visit: Visit, tab: TabState): ScreenName {
  const { call, queue, booking } = visit;
  if (visit.identification.state !== 'open' || visit.next_step === 'done') return 'done';
  if (tab.detour && detours[visit.next_step]?.includes(tab.detour)) return tab.detour;
  const offer = offerKey(visit);
  const offered = offer !== undefined && offer !== tab.putOff;
  switch (visit.next_step) {
    case 'prove':
      return tab.begun ? 'prove' : 'welcome';
    case 'call':
      if (call?.state !== 'active') return 'ringing';
      if (tab.joined === call.id) return 'call';
      // Of several tabs and devices that rang, only the one that was answered opens the camera.
      return call.direction === 'outbound' && tab.accepted !== call.id ? 'elsewhere' : 'join';
    case 'slot':
      if (call && call.id !== tab.seenCall) {
        if (call.state === 'ended') return 'after';
        if (call.state === 'missed' || call.state === 'declined' || call.state === 'cancelled') return 'missed';
      }
      return offered ? 'offer' : 'slot';
    case 'wait':
      // A booking whose time has come waits in the queue too, but for a ring:
      // only who chose to wait is shown the place.
      if (queue && (queue.state === 'waiting' || queue.state === 'offered') && (booking?.state !== 'due' || tab.walkIn === queue.id)) return 'queue';
      if (offered && booking?.state !== 'due') return 'offer';
      return booking ? 'booked' : 'slot';
    default:
      return visit.next_step;
  }
}

const order: readonly ScreenName[] = ['prove', 'consent', 'document', 'form', 'confirm', 'slot'];

/** Where the customer stands on the way to a booking, of which some cases skip a part; undefined on screens outside of it. */
export function progressOf(screen: ScreenName, visit?: Pick<Visit, 'consents' | 'document_types' | 'form'>): { step: number; total: number } | undefined {
  const skipped: (ScreenName | false)[] = visit
    ? [visit.consents.length === 0 && 'consent', visit.document_types.length === 0 && 'document', visit.document_types.length === 0 && visit.form.fields.length === 0 && 'form',
        visit.document_types.length === 0 && visit.form.fields.length === 0 && 'confirm']
    : [];
  const way = order.filter((s) => !skipped.includes(s));
  const at = way.indexOf(screen);
  return at < 0 ? undefined : { step: at + 1, total: way.length };
}

/** Whether the camera may run on this screen. */
export function usesCamera(screen: ScreenName): boolean {
  return screen === 'test' || screen === 'prepare' || screen === 'join' || screen === 'call';
}
