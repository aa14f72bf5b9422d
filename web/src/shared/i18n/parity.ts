/** Texts as their files hold them. */
export interface Texts {
  [key: string]: string | Texts;
}

const pluralSuffix = /_(zero|one|two|few|many|other)$/;

/** All texts by their dotted key. */
export function flatten(texts: Texts, prefix = ''): Map<string, string> {
  const out = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    const path = prefix ? `${prefix}.${key}` : key;
    if (typeof value === 'string') out.set(path, value);
    else for (const [k, v] of flatten(value, path)) out.set(k, v);
  }
  return out;
}

/** What a translation must repeat: {{placeholders}} and the <tags> of Trans. */
function marks(text: string): string[] {
  return [...text.matchAll(/\{\{-?\s*([\w.]+)[^}]*\}\}|<\/?(\w+)\s*\/?>/g)].map((m) => (m[1] ? `{{${m[1]}}}` : m[0]));
}

interface Entry {
  categories: Set<string>; // empty when it is no plural
  values: string[];
}

/** Gathers the plural forms of a key: a key is a plural when the file has its "_other". */
function entries(flat: Map<string, string>): Map<string, Entry> {
  const out = new Map<string, Entry>();
  for (const [key, value] of flat) {
    const suffix = pluralSuffix.exec(key);
    const base = suffix ? key.slice(0, suffix.index) : key;
    const plural = suffix !== null && flat.has(`${base}_other`);
    const entry = out.get(plural ? base : key) ?? { categories: new Set(), values: [] };
    if (plural) entry.categories.add(suffix[1]!);
    entry.values.push(value);
    out.set(plural ? base : key, entry);
  }
  return out;
}

/**
 * Says in one line each how a language's file differs from the English one in
 * keys, plural forms, placeholders and tags, and which texts were left in
 * English (`foreign` languages only: those written in another script).
 */
export function differences(language: string, english: Texts, other: Texts, foreign: boolean, allowed: ReadonlySet<string>): string[] {
  const out: string[] = [];
  const want = entries(flatten(english));
  const got = entries(flatten(other));
  const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  for (const [key, entry] of want) {
    const translation = got.get(key);
    if (!translation) {
      out.push(`${key}: missing`);
      continue;
    }
    if (entry.categories.size > 0) {
      const have = [...translation.categories].sort().join();
      const need = [...categories].sort().join();
      if (have !== need) out.push(`${key}: has plural forms ${have}, needs ${need}`);
    }
    const set = (values: string[]) => [...new Set(values.flatMap(marks))].sort().join(' ');
    if (set(entry.values) !== set(translation.values)) {
      out.push(`${key}: has "${set(translation.values)}", English has "${set(entry.values)}"`);
    }
    if (translation.values.some((v) => v.trim() === '')) out.push(`${key}: empty`);
    if (foreign) {
      for (const value of translation.values) {
        if (entry.values.includes(value) && /\p{L}/u.test(value) && !allowed.has(value)) out.push(`${key}: still English ("${value}")`);
      }
    }
  }
  for (const key of got.keys()) if (!want.has(key)) out.push(`${key}: not in English`);
  return out;
}
