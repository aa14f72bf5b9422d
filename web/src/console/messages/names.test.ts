import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { languageCodes } from '@/shared/i18n/languages';
import type { Texts } from '@/shared/i18n/parity';

const files = import.meta.glob<Texts>('../../locales/*/console.json', { eager: true, import: 'default' });
const keys = Object.keys(JSON.parse(readFileSync('../channels/texts/en.json', 'utf8')) as object).filter((key) => !key.startsWith('voice_'));
const templates = [...new Set(keys.map((key) => key.split('.')[0]!))];

it('has a name for every text that the gateway ships', () => {
  expect(templates.length).toBeGreaterThan(20);
  for (const language of languageCodes) {
    const names = files[`../../locales/${language}/console.json`]!.template as Texts;
    expect(templates.filter((key) => !names[key]), language).toEqual([]);
  }
});
