import type { Problem, Schema } from '@/api';

export type Field = Schema<'VisitFormField'>;
export type FormValue = string | boolean;
export type FormValues = Record<string, FormValue>;

/** Why an answer is refused: a key of form.error in the texts, with its figures. */
export interface FieldFault {
  key: 'required' | 'ticked' | 'long' | 'date' | 'future' | 'tooOld' | 'age' | 'phone' | 'number' | 'pattern' | 'characters' | 'other';
  count?: number;
}

/** The form's first values: what was submitted before, else what was typed in this tab, else nothing. */
export function firstValues(fields: readonly Field[], data: Record<string, unknown> | undefined, draft: Record<string, unknown> | undefined): FormValues {
  const out: FormValues = {};
  for (const field of fields) {
    const value = draft?.[field.key] ?? data?.[field.key];
    if (field.type === 'checkbox') out[field.key] = value === true;
    else out[field.key] = value === undefined || value === null ? '' : String(value);
  }
  return out;
}

/** What is sent: nothing for what was left empty. */
export function toData(fields: readonly Field[], values: FormValues): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const field of fields) {
    const value = values[field.key];
    if (typeof value === 'string' && value.trim() === '') continue;
    out[field.key] = typeof value === 'string' ? westernDigits(field, value.trim()) : value;
  }
  return out;
}

/** Phone numbers and numbers may be typed in Persian or Arabic digits. */
function westernDigits(field: Field, value: string): string {
  if (field.type !== 'phone' && field.type !== 'number') return value;
  return value
    .normalize('NFKC')
    .replace(/[۰-۹]/g, (c) => String(c.charCodeAt(0) - 0x6f0))
    .replace(/[٠-٩]/g, (c) => String(c.charCodeAt(0) - 0x660))
    .replace('٫', '.');
}

/** The same rules as the server's, so that most faults are told before anything is sent. today is "2026-03-29". */
export function faultOf(field: Field, value: FormValue | undefined, today: string): FieldFault | undefined {
  if (field.type === 'checkbox') return field.required && value !== true ? { key: 'ticked' } : undefined;
  const text = westernDigits(field, String(value ?? '').trim());
  if (text === '') return field.required ? { key: 'required' } : undefined;
  const longest = field.max_length ?? 200;
  if ([...text].length > longest) return { key: 'long', count: longest };
  switch (field.type) {
    case 'date': {
      const date = new Date(`${text}T00:00:00Z`);
      if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text) return { key: 'date' };
      if (field.past && text > today) return { key: 'future' };
      if (field.past && text < '1900-01-01') return { key: 'tooOld' };
      if (field.min_age && text > yearsBefore(today, field.min_age)) return { key: 'age', count: field.min_age };
      return undefined;
    }
    case 'phone':
      return /^\+\d{6,15}$/.test(text.replace(/[\s().-]/g, '').replace(/^00/, '+')) ? undefined : { key: 'phone' };
    case 'number':
      return Number.isFinite(Number(text)) ? undefined : { key: 'number' };
    case 'text':
      return field.pattern && !matches(field.pattern, text) ? { key: 'pattern' } : undefined;
  }
  return undefined;
}

function yearsBefore(day: string, years: number): string {
  return `${String(Number(day.slice(0, 4)) - years).padStart(4, '0')}${day.slice(4)}`;
}

/** RE2 and JavaScript differ a little: what does not compile here is left to the server. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u').test(text);
  } catch {
    return true;
  }
}

/** All faults of a form by field key. */
export function faultsOf(fields: readonly Field[], values: FormValues, today: string): Record<string, FieldFault> {
  return Object.fromEntries(fields.flatMap((f) => {
    const fault = faultOf(f, values[f.key], today);
    return fault ? [[f.key, fault]] : [];
  }));
}

/** The server's refusals by field key; its sentences are English, so they are told in the page's own words. */
export function faultsFrom(problem: Problem, fields: readonly Field[], values: FormValues, today: string): Record<string, FieldFault> {
  const out: Record<string, FieldFault> = {};
  for (const { field: path, reason } of problem.fields) {
    const key = path.replace(/^(form|data)\./, '');
    const field = fields.find((f) => f.key === key);
    if (!field) continue;
    out[key] = faultOf(field, values[key], today) ?? read(reason);
  }
  return out;
}

function read(reason: string): FieldFault {
  const count = Number(/\d+/.exec(reason)?.[0] ?? 0);
  if (/required/.test(reason)) return { key: 'required' };
  if (/ticked/.test(reason)) return { key: 'ticked' };
  if (/at most/.test(reason)) return { key: 'long', count };
  if (/future/.test(reason)) return { key: 'future' };
  if (/years ago/.test(reason)) return { key: 'age', count };
  if (/not be before/.test(reason)) return { key: 'tooOld' };
  if (/date/.test(reason)) return { key: 'date' };
  if (/phone/.test(reason)) return { key: 'phone' };
  if (/number/.test(reason)) return { key: 'number' };
  if (/characters/.test(reason)) return { key: 'characters' };
  if (/expected form/.test(reason)) return { key: 'pattern' };
  return { key: 'other' };
}
