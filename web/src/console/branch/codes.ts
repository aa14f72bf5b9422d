/** The booking of a check-in code, `VISAVIS:<booking id>:<signature>`; undefined for anything else. */
export function bookingOf(code: string): string | undefined {
  return /^VISAVIS:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}):\S+$/i.exec(code.trim())?.[1]?.toLowerCase();
}
