import type { Schema } from '@/api';

type Draw = Schema<'CallDraw'>;
type Round = Schema<'DrawRound'>;

/** What the events of the queue said before the draw, and at it. */
export interface Told {
  /** Of queue.entered. */
  commitment?: string;
  /** Of queue.offered; the round has the number of its offer. */
  offered: { offer?: number; candidates_sha256?: string }[];
}

/** One thing that was checked; `round` names whose. */
export interface Check {
  what: 'seed' | 'committed' | 'candidates' | 'chosen';
  round?: number;
  ok: boolean;
}

const bytes = new TextEncoder();
const hex = (b: ArrayBuffer) => Array.from(new Uint8Array(b), (n) => n.toString(16).padStart(2, '0')).join('');
const unhex = (s: string) => new Uint8Array((s.match(/../g) ?? []).map((h) => parseInt(h, 16)));

export const isDraw = (r: Round) => r.strategy === 'random' || r.strategy === 'weighted';

/** The bytes that are drawn over: docs/queue.md, step 2. */
function messageOf(entryId: string, round: Round): { text: string; agents: Round['candidates'] } {
  const agents = [...round.candidates].sort((a, b) => (a.agent_id < b.agent_id ? -1 : 1));
  return { text: `visavis-draw-v1\n${entryId}\n${round.round}\n${agents.map((a) => `${a.agent_id} ${a.weight}\n`).join('')}`, agents };
}

/** Draws again: who must have been chosen. */
async function drawn(seed: Uint8Array<ArrayBuffer>, entryId: string, round: Round): Promise<string | undefined> {
  const { text, agents } = messageOf(entryId, round);
  const key = await crypto.subtle.importKey('raw', seed, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const sum = agents.reduce((n, a) => n + BigInt(a.weight), 0n);
  if (sum <= 0n) return undefined;
  const whole = ((1n << 64n) / sum) * sum;
  for (let counter = 0; ; counter++) {
    const mac = await crypto.subtle.sign('HMAC', key, bytes.encode(text + counter));
    const x = new DataView(mac).getBigUint64(0);
    if (x >= whole) continue;
    let left = x % sum;
    for (const a of agents) {
      if (left < BigInt(a.weight)) return a.agent_id;
      left -= BigInt(a.weight);
    }
    return undefined;
  }
}

/**
 * Does a call's draws again in the browser, by the recipe in docs/queue.md, and
 * holds them against what the events told before. Checks that need an event
 * which was not given are left out.
 */
export async function verifyDraw(draw: Draw, told: Told): Promise<Check[]> {
  const seed = unhex(draw.seed) as Uint8Array<ArrayBuffer>;
  const checks: Check[] = [{ what: 'seed', ok: hex(await crypto.subtle.digest('SHA-256', seed)) === draw.commitment }];
  if (told.commitment !== undefined) checks.push({ what: 'committed', ok: told.commitment === draw.commitment });
  for (const round of draw.rounds.filter(isDraw)) {
    const event = told.offered.find((e) => e.offer === round.round);
    if (event?.candidates_sha256 !== undefined) {
      const sum = hex(await crypto.subtle.digest('SHA-256', bytes.encode(messageOf(draw.entry_id, round).text)));
      checks.push({ what: 'candidates', round: round.round, ok: sum === event.candidates_sha256 });
    }
    checks.push({ what: 'chosen', round: round.round, ok: (await drawn(seed, draw.entry_id, round)) === round.chosen });
  }
  return checks;
}
