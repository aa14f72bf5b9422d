/**
 * How far the server's clock is ahead of ours, milliseconds. Countdowns to a
 * moment that the server set go by it: a computer's clock may be minutes off.
 */
let ahead = 0;

/** Offset from an answer's Date header (whole seconds) and when it came; undefined without one. */
export function offsetOf(date: string | null, receivedAt: number): number | undefined {
  const server = date ? Date.parse(date) : Number.NaN;
  if (!Number.isFinite(server)) return undefined;
  const off = server + 500 - receivedAt;
  return Math.abs(off) < 1500 ? 0 : off; // within what the header can tell
}

export function noteServerTime(response: Response, receivedAt = Date.now()): void {
  ahead = offsetOf(response.headers.get('date'), receivedAt) ?? ahead;
}

/** A server's moment on our clock, for Countdown. */
export function onOurClock(moment: string): string {
  return new Date(Date.parse(moment) - ahead).toISOString();
}
