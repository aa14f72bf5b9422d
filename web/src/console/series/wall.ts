/** "2027-03-14T09:30" as a clock on the wall shows it, in the reader's words; what is no time stays as it is. */
export function wallTime(wall: string, intl: string): string {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(wall)) return wall;
  const at = new Date(`${wall.slice(0, 16)}:00Z`);
  if (Number.isNaN(at.getTime())) return wall;
  return new Intl.DateTimeFormat(intl, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(at);
}
