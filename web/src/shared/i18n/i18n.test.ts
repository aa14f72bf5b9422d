import { describe, expect, it } from 'vitest';
import { chooseLanguage, languageCodes } from './languages';
import { differences, type Texts } from './parity';

const files = import.meta.glob<Texts>('../../locales/*/*.json', { eager: true, import: 'default' });
const namespaces = Object.keys(files).filter((f) => f.includes('/en/')).map((f) => f.split('/').at(-1)!);

/** Texts that are right to be the same in every language: names and formats. */
const sameEverywhere = new Set(['Visavis', 'SMS', 'PDF', 'WebM', 'API', 'SHA-256', 'URL', 'ID', 'ms', 'OK']);

describe('texts', () => {
  it('has the five files in each of the six languages and no other', () => {
    expect(namespaces.sort()).toEqual(['common.json', 'console.json', 'phone.json', 'visit.json', 'voice.json']);
    expect(Object.keys(files)).toHaveLength(languageCodes.length * namespaces.length);
  });

  for (const language of languageCodes) {
    for (const namespace of namespaces) {
      it(`${language}/${namespace} says what English says`, () => {
        const english = files[`../../locales/en/${namespace}`]!;
        const other = files[`../../locales/${language}/${namespace}`];
        expect(other, 'the file').toBeDefined();
        const foreign = !['en', 'vi'].includes(language);
        expect(differences(language, english, other!, foreign, sameEverywhere)).toEqual([]);
      });
    }
  }
});

describe('differences', () => {
  const find = (language: string, english: Texts, other: Texts) => differences(language, english, other, language !== 'en', new Set(['SMS']));
  it('finds a missing, an extra and an empty text', () => {
    expect(find('ru', { a: { b: 'Book' }, c: 'See' }, { a: {}, c: ' ', d: 'Лишнее' })).toEqual(['a.b: missing', 'c: empty', 'd: not in English']);
  });
  it('finds another placeholder or tag', () => {
    expect(find('zh', { a: 'Hi {{name}}', b: '<1>x</1>' }, { a: '你好 {{nom}}', b: '甲' })).toHaveLength(2);
  });
  it('finds what was left in English, but not a name', () => {
    expect(find('fa', { a: 'Book', b: 'SMS', c: '—' }, { a: 'Book', b: 'SMS', c: '—' })).toEqual(['a: still English ("Book")']);
  });
  it("wants each language's own plural forms", () => {
    const english = { n_one: '{{count}} day', n_other: '{{count}} days' };
    expect(find('zh', english, { n_other: '{{count}} 天' })).toEqual([]);
    expect(find('ru', english, { n_one: '{{count}} день', n_other: '{{count}} дня' })).toEqual(['n: has plural forms one,other, needs few,many,one,other']);
  });
});

describe('chooseLanguage', () => {
  it('prefers what the person picked, then the API, then the browser, then English', () => {
    expect(chooseLanguage('uk', 'fa-IR', ['ru'])).toBe('uk');
    expect(chooseLanguage(null, 'fa-IR', ['ru'])).toBe('fa');
    expect(chooseLanguage(null, undefined, ['de-DE', 'zh-Hant-TW', 'ru'])).toBe('zh');
    expect(chooseLanguage('xx', 'de', ['fr'])).toBe('en');
  });
});
