// node persian.mjs > persian.json: the first and last day of each month of the
// Persian calendar, 1400 to 1500, as ICU has them.
const format = new Intl.DateTimeFormat('en-u-ca-persian', { timeZone: 'UTC', year: 'numeric', month: 'numeric', day: 'numeric' });
const persian = (ms) => {
  const part = Object.fromEntries(format.formatToParts(ms).map((p) => [p.type, p.value]));
  return [parseInt(part.year), parseInt(part.month), parseInt(part.day)];
};
const day = 86400e3, rows = [];
for (let ms = Date.UTC(2021, 2, 21), before; ms < Date.UTC(2122, 2, 22); ms += day) {
  const now = persian(ms);
  if (now[2] === 1) {
    if (before) rows.push([new Date(ms - day).toISOString().slice(0, 10), ...before]);
    rows.push([new Date(ms).toISOString().slice(0, 10), ...now]);
  }
  before = now;
}
console.log('[' + rows.map((r) => JSON.stringify(r)).join(',\n') + ']');
