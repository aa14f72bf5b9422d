import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { languageCodes } from '@/shared/i18n/languages';
import { flatten, type Texts } from '@/shared/i18n/parity';

const files = import.meta.glob<Texts>('../../locales/*/console.json', { eager: true, import: 'default' });
const documented = readFileSync('../docs/webhooks.md', 'utf8').split('## Event types')[1]!;
const types = [...new Set([...documented.matchAll(/`([a-z_]+\.[a-z_]+)`/g)].map((m) => m[1]!))];

it('has words for every type of event that docs/webhooks.md names', () => {
  expect(types.length).toBeGreaterThan(180);
  for (const language of languageCodes) {
    const words = flatten(files[`../../locales/${language}/console.json`]!.event as Texts);
    expect(types.filter((type) => !words.has(type)), language).toEqual([]);
  }
});
