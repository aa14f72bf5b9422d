import type { Schema } from '@/api';

type Message = Schema<'Message'>;
type Delivery = Schema<'Delivery'>;
type Target = Schema<'LadderTarget'>;

/** Why a message went on from a step, or why it did not. */
export type Turn = 'provider_down' | 'undelivered' | 'no_receipt' | 'asked';

/** One step of a message's way: what was planned and what became of it. */
export interface PathStep {
  step: number;
  /** done: handed over, whatever came of it; next: waits for its time; open: may still come; unused: was not needed. */
  state: 'done' | 'next' | 'open' | 'unused';
  /** When it is handed over, of `next`. */
  due?: string;
  targets: { id: string; target?: Target; delivery?: Delivery }[];
  /** Why the step after it was taken; undefined while none was. */
  turn?: Turn;
  waitSeconds?: number;
  on: Schema<'LadderStep'>['gives_way_on'];
}

const over: readonly Schema<'MessageState'>[] = ['delivered', 'undelivered', 'expired', 'cancelled'];

/** The way of a message, step by step, from its plan and its deliveries. Messages without a plan show their deliveries. */
export function pathOf(message: Pick<Message, 'ladder' | 'deliveries' | 'due_at' | 'state'>): PathStep[] {
  const made = message.deliveries.filter((d) => d.step !== undefined && isMade(d));
  const last = Math.max(0, ...made.map((d) => d.step!));
  const plan: Schema<'LadderStep'>[] = message.ladder?.length
    ? message.ladder
    : [...new Set(message.deliveries.map((d) => d.step ?? 1))].sort((a, b) => a - b).map((step) => ({ step, targets: [], gives_way_on: [] }));
  return plan.map((planned) => {
    const deliveries = message.deliveries.filter((d) => (d.step ?? 1) === planned.step);
    const ids = [...new Set([...planned.targets.map((t) => t.delivery_id), ...deliveries.map((d) => d.id)])];
    const done = planned.step <= last;
    const next = !done && planned.step === last + 1 && message.due_at !== undefined;
    const following = made.filter((d) => d.step === planned.step + 1);
    return {
      step: planned.step,
      state: done ? 'done' : next ? 'next' : over.includes(message.state) || message.due_at === undefined ? 'unused' : 'open',
      due: next ? message.due_at : undefined,
      targets: ids.map((id) => ({ id, target: planned.targets.find((t) => t.delivery_id === id), delivery: deliveries.find((d) => d.id === id) })),
      turn: following.length > 0 ? turnOf(deliveries, Math.min(...following.map((d) => Date.parse(d.created_at))), planned.wait_seconds) : undefined,
      waitSeconds: planned.wait_seconds,
      on: planned.gives_way_on,
    };
  });
}

/** A delivery whose turn never came is only what the plan says; one that is tried again, or waits for the end of quiet hours, is more. */
function isMade(d: Delivery): boolean {
  return d.attempts > 0 || d.error_code !== '' || (d.state !== 'pending' && d.state !== 'cancelled');
}

/** What was known of a step when the next one was taken. A receipt that came later did not decide it. */
function turnOf(deliveries: Delivery[], at: number, wait: number | undefined): Turn {
  const failed = deliveries.filter((d) => (d.state === 'failed' || d.state === 'undelivered') && (!d.finished_at || Date.parse(d.finished_at) <= at + 1000));
  if (deliveries.length > 0 && failed.length === deliveries.length) {
    return failed.every((d) => d.error_code === 'provider_down') ? 'provider_down' : 'undelivered';
  }
  const begun = Math.min(...deliveries.map((d) => Date.parse(d.sent_at ?? d.created_at)));
  // The clock of the wait begins at the handing over; sooner it was somebody's wish.
  return wait !== undefined && at - begun >= wait * 1000 - 1000 ? 'no_receipt' : 'asked';
}

/** Whether something of it can still be taken back. */
export function canCancel(message: Pick<Message, 'state' | 'due_at' | 'deliveries'>): boolean {
  return message.state !== 'cancelled' && (message.due_at !== undefined || message.deliveries.some((d) => d.state === 'pending'));
}
