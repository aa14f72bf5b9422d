import type { Schema } from '@/api';

export type DraftRow = Schema<'MessageBatchDraftRow'>;

/** What is wrong with a list, to be put into words: `list.<why>`. */
export interface ListProblem {
  why: 'empty' | 'tooMany' | 'json' | 'noCustomer' | 'quote' | 'columns';
  /** The line or row, from 1, where there is one. */
  at?: number;
}

/** The most rows that one batch takes. */
export const mostRows = 1000;

const idColumns = ['customer_id', 'customer_reference', 'phone'] as const;
const isUUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const names: Record<string, (typeof idColumns)[number]> = { customer_id: 'customer_id', id: 'customer_id', customer_reference: 'customer_reference', reference: 'customer_reference', phone: 'phone', number: 'phone' };

/**
 * Reads a list of recipients: JSON (an array of objects, or of texts), or CSV
 * with a comma, semicolon or tab. A CSV with a heading has one column that names
 * the customer (customer_id, customer_reference or phone); the others are values
 * of the text's placeholders. Without a heading its first column is the id,
 * number or reference.
 */
export function readRows(text: string): { rows: DraftRow[] } | { problem: ListProblem } {
  const clean = text.replace(/^\uFEFF/, '').trim();
  if (!clean) return { problem: { why: 'empty' } };
  const read = /^[[{]/.test(clean) ? fromJSON(clean) : fromCSV(clean);
  if ('problem' in read) return read;
  if (read.rows.length === 0) return { problem: { why: 'empty' } };
  if (read.rows.length > mostRows) return { problem: { why: 'tooMany', at: read.rows.length } };
  return read;
}

function fromJSON(text: string): { rows: DraftRow[] } | { problem: ListProblem } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: { why: 'json' } };
  }
  const list = Array.isArray(value) ? value : (value as { recipients?: unknown }).recipients;
  if (!Array.isArray(list)) return { problem: { why: 'json' } };
  const rows: DraftRow[] = [];
  for (const [i, item] of list.entries()) {
    const fields = typeof item === 'string' || typeof item === 'number' ? { [kindOf(String(item))]: String(item) } : item;
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return { problem: { why: 'json', at: i + 1 } };
    const { params, ...flat } = fields as Record<string, unknown>;
    const row = rowOf({ ...flat, ...(typeof params === 'object' ? params : {}) });
    if (!row) return { problem: { why: 'noCustomer', at: i + 1 } };
    rows.push(row);
  }
  return { rows };
}

function fromCSV(text: string): { rows: DraftRow[] } | { problem: ListProblem } {
  const lines = splitCSV(text);
  if (!lines) return { problem: { why: 'quote' } };
  const first = lines[0]!.cells.map((c) => c.trim().toLowerCase());
  const heading = first.some((c) => c in names);
  const columns = heading ? lines[0]!.cells.map((c) => c.trim()) : undefined;
  const rows: DraftRow[] = [];
  for (const { cells, line } of heading ? lines.slice(1) : lines) {
    if (cells.every((c) => c.trim() === '')) continue;
    if (columns && cells.length > columns.length) return { problem: { why: 'columns', at: line } };
    const row = columns ? rowOf(Object.fromEntries(columns.map((c, i) => [c, cells[i] ?? '']))) : rowOf({ [kindOf(cells[0]!)]: cells[0] });
    if (!row) return { problem: { why: 'noCustomer', at: line } };
    rows.push(row);
  }
  return { rows };
}

/** Names the customer by the first id that is filled in; the rest are placeholders. */
function rowOf(fields: Record<string, unknown>): DraftRow | undefined {
  const row: DraftRow = {};
  const params: Record<string, string> = {};
  let named = false;
  for (const [name, raw] of Object.entries(fields)) {
    const value = raw === null || raw === undefined ? '' : String(raw).trim();
    const key = names[name.toLowerCase()];
    if (key) {
      if (!value || named) continue;
      row[key] = value;
      named = true;
    } else if (name && value) params[name] = value;
  }
  if (Object.keys(params).length > 0) row.params = params;
  return named && (row.customer_id === undefined || isUUID.test(row.customer_id)) ? row : undefined;
}

function kindOf(value: string): (typeof idColumns)[number] {
  const clean = value.trim();
  return isUUID.test(clean) ? 'customer_id' : /^\+[\d\s().-]{6,}$/.test(clean) ? 'phone' : 'customer_reference';
}

/** RFC 4180, with the separator that the first line has most of; undefined when a quote is not closed. */
function splitCSV(text: string): { cells: string[]; line: number }[] | undefined {
  const head = text.slice(0, text.search(/\r?\n|$/));
  const count = (s: string) => head.split(s).length;
  const separator = [',', ';', '\t'].reduce((a, b) => (count(b) > count(a) ? b : a));
  const lines: { cells: string[]; line: number }[] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  let line = 1;
  let begun = 1;
  const end = () => {
    lines.push({ cells: [...cells, cell], line: begun });
    cells = [];
    cell = '';
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '\n') line++;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[i++];
      else quoted = false;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === separator) {
      cells.push(cell);
      cell = '';
    } else if (c === '\n') {
      end();
      begun = line;
    } else if (c !== '\r') cell += c;
  }
  if (quoted) return undefined;
  end();
  return lines;
}
