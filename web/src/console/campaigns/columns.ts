import { type Delimiter, readCSV, separators } from './upload';

/** What a column can be besides a variable of the flow. */
export const fields = ['phone', 'customer_reference', 'customer_id', 'region', 'reference', 'locale', 'time_zone'] as const;
export type Field = (typeof fields)[number];

/** The header of the column that a field or variable is read from; '' is none. */
export type Mapping = Record<string, string>;

/** The names in the first row of a file, as they stand there. */
export function headersOf(head: string, delimiter: Delimiter): string[] {
  return (readCSV(head.replace(/^\uFEFF/, ''), separators[delimiter], 1)[0] ?? []).map((h) => h.trim()).filter((h) => h !== '');
}

/** The name under which the API reads a column that nobody mapped; '' when it leaves it out. */
export function plainName(header: string): string {
  if (/[^\x20-\x7e]/.test(header)) return '';
  return header.trim().toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '');
}

/** What banks call these columns in their lists; by words that a header has to be. */
const alsoCalled: Partial<Record<string, RegExp>> = {
  phone: /^(phone|mobile|msisdn|tel(ephone)?|phone[ _]?(no|number)|mobile[ _]?(phone|no|number)|số điện thoại|điện thoại|sđt|电话|手机|电话号码|手机号|شماره( تلفن| همراه)?|تلفن|موبایل|телефон|номер( телефона?| телефону)?)$/i,
  customer_reference: /^(customer|client)[ _]?(ref(erence)?|no|number|code)$/i,
  locale: /^(language|lang|ngôn ngữ|语言|زبان|язык|мова)$/i,
  time_zone: /^(time ?zone|tz|múi giờ|时区|منطقه زمانی|часовой пояс|часовий пояс)$/i,
  region: /^(country|country[ _]code|quốc gia|国家|کشور|страна|країна)$/i,
};

/** What the columns are most likely: as last time, by their names, or by what such columns are called. */
export function guessMapping(headers: string[], targets: readonly string[], saved: Mapping): Mapping {
  const out: Mapping = {};
  const free = new Set(headers);
  const take = (target: string, found: string | undefined) => {
    if (found === undefined || out[target]) return;
    out[target] = found;
    free.delete(found);
  };
  for (const t of targets) take(t, [...free].find((h) => saved[t]?.trim().toLowerCase() === h.toLowerCase()));
  for (const t of targets) take(t, [...free].find((h) => plainName(h) === t));
  for (const t of targets) take(t, [...free].find((h) => alsoCalled[t]?.test(h)));
  return Object.fromEntries(targets.map((t) => [t, out[t] ?? '']));
}

/** Why a list could not be read so: nobody to call, a column twice, a variable that the flow needs. */
export function problemOf(mapping: Mapping, needs: readonly string[]): 'nobody' | 'twice' | 'needs' | undefined {
  const used = Object.values(mapping).filter(Boolean);
  if (!mapping.phone && !mapping.customer_reference && !mapping.customer_id) return 'nobody';
  if (new Set(used).size < used.length) return 'twice';
  return needs.some((n) => !mapping[n]) ? 'needs' : undefined;
}

/** The campaign's setting `columns`: what is not found by its name anyway. */
export function columnsOf(mapping: Mapping, headers: readonly string[]): Mapping {
  // A column that has a field's name but is not it would be taken for it, or named twice.
  const strange = (target: string) => headers.some((h) => plainName(h) === target && h !== mapping[target]);
  return Object.fromEntries(Object.entries(mapping).filter(([target, header]) => header && (plainName(header) !== target || strange(target))));
}

export function sameColumns(a: Mapping, b: Mapping): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((k) => a[k] === b[k]);
}
