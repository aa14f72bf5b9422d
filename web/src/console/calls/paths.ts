import type { Schema } from '@/api';

type Item = Pick<Schema<'CallSummary'>, 'id' | 'identification_id' | 'state'>;

/** Where a call of a list is looked at: a live one where it is led or watched, another in its case, with recording and time line open. */
export function callPath(call: Item): string {
  return call.state === 'ringing' || call.state === 'active' ? `/calls/${call.id}` : `/identifications/${call.identification_id}?call=${call.id}`;
}
