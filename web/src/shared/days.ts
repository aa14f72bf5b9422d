const keyFormats = new Map<string, Intl.DateTimeFormat>();

/** The calendar day of a moment in a zone, as "2026-03-29". */
export function dayOf(moment: Date | string | number, zone: string): string {
  let format = keyFormats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', calendar: 'gregory', numberingSystem: 'latn' });
    keyFormats.set(zone, format);
  }
  return format.format(new Date(moment));
}

/** The next calendar day, or `days` further. */
export function addDays(day: string, days: number): string {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/**
 * The first moment of a day in a zone. Clocks that are put forward at midnight
 * make a day begin at 01:00, so it is searched for, to the minute, not computed.
 */
export function startOfDay(day: string, zone: string): Date {
  const noon = new Date(`${day}T00:00:00Z`).getTime();
  let [before, after] = [noon / 60_000 - 15 * 60, noon / 60_000 + 13 * 60]; // zones lie between -12 and +14 h
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (dayOf(middle * 60_000, zone) < day) before = middle;
    else after = middle;
  }
  return new Date(after * 60_000);
}

/** A zone's offset from UTC at a moment as people write it, such as "GMT+2". */
export function offsetOf(moment: Date | string | number, zone: string, intl = 'en-GB'): string {
  return new Intl.DateTimeFormat(intl, { timeZone: zone, timeZoneName: 'shortOffset' }).formatToParts(new Date(moment)).find((p) => p.type === 'timeZoneName')?.value ?? '';
}

/** Whether the clock of a zone shows this time twice, as when clocks are put back: then it is told apart by its offset. */
export function comesTwice(moment: Date | string | number, zone: string): boolean {
  const at = new Date(moment).getTime();
  const wall = clockOf(at, zone);
  // Clocks are put back by half an hour (Lord Howe), an hour, or two (Troll).
  return [30, 60, 120].some((m) => [-1, 1].some((sign) => clockOf(at + sign * m * 60_000, zone) === wall));
}

const clockFormats = new Map<string, Intl.DateTimeFormat>();

/** What the clock of a zone shows, with its day: "2026-10-25 02:30". */
export function clockOf(moment: Date | string | number, zone: string): string {
  let format = clockFormats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    clockFormats.set(zone, format);
  }
  return `${dayOf(moment, zone)} ${format.format(new Date(moment))}`;
}

/** The zone as people name it, such as "Indochina Time (Ho Chi Minh)". */
export function zoneName(zone: string, intl: string, at: Date | string = new Date()): string {
  const city = zone.split('/').at(-1)!.replaceAll('_', ' ');
  try {
    const name = new Intl.DateTimeFormat(intl, { timeZone: zone, timeZoneName: 'long' }).formatToParts(new Date(at)).find((p) => p.type === 'timeZoneName')?.value;
    return name ? (zone.includes('/') ? `${name} (${city})` : name) : city;
  } catch {
    return city;
  }
}
