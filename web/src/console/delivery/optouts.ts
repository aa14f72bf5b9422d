import type { Schema } from '@/api';

/** The ids of the decisions that are in force: the newest of each number, channel and group. `ledger` is newest first, as the API gives it. */
export function inForce(ledger: readonly Pick<Schema<'OptOut'>, 'id' | 'phone' | 'channel' | 'group'>[]): Set<string> {
  const seen = new Set<string>();
  const ids = new Set<string>();
  for (const o of ledger) {
    const key = `${o.phone} ${o.channel} ${o.group}`;
    if (!seen.has(key)) ids.add(o.id);
    seen.add(key);
  }
  return ids;
}
