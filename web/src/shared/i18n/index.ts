import i18next, { type BackendModule, type ResourceKey } from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import { chooseLanguage, type Language, languageOf, languages } from './languages';

export { chooseLanguage, type Language, languageCodes, languageOf, languages } from './languages';

/** A file of texts under src/locales/<language>/. */
export type Namespace = 'common' | 'console' | 'voice' | 'visit' | 'phone';

const files = import.meta.glob<{ default: ResourceKey }>('../../locales/*/*.json');

/** Loads one file of texts when it is first needed; each is a chunk of its own. */
const backend: BackendModule = {
  type: 'backend',
  init() {},
  read(language, namespace, done) {
    const load = files[`../../locales/${language}/${namespace}.json`];
    if (!load) return done(new Error(`no texts for ${language}/${namespace}`), null);
    load().then((file) => done(null, file.default), (error: Error) => done(error, null));
  },
};

const storageKey = 'visavis.language';

function picked(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null; // storage may be refused
  }
}

/**
 * Loads the texts of the page's namespace and of "common" before the first
 * render, so that no page ever shows a key or waits for its texts.
 */
export async function startI18n(namespace: Namespace, fromApi?: string | null): Promise<void> {
  const language = chooseLanguage(picked(), fromApi, navigator.languages);
  await i18next.use(backend).use(initReactI18next).init({
    lng: language,
    fallbackLng: false, // a test holds all languages to the same keys
    ns: ['common', namespace],
    defaultNS: 'common',
    load: 'languageOnly',
    interpolation: { escapeValue: false }, // React escapes
    react: { useSuspense: false },
    returnNull: false,
  });
  applyToDocument(language);
}

/** Loads texts that only some pages of a page's need, in the language being shown; a change of language loads them, too. */
export async function loadTexts(namespace: Namespace): Promise<void> {
  await i18next.loadNamespaces(namespace);
}

function applyToDocument(language: Language): void {
  document.documentElement.lang = language;
  document.documentElement.dir = languages[language].dir;
}

async function change(language: Language): Promise<void> {
  await i18next.changeLanguage(language); // loads the texts first
  applyToDocument(language);
}

/** Shows the page in the language that the person picked, and remembers it in this browser. */
export async function pickLanguage(language: Language): Promise<void> {
  try {
    localStorage.setItem(storageKey, language);
  } catch {
    // storage may be refused: then only this page is in that language
  }
  await change(language);
}

/**
 * Tells what the API knows of the person, such as the customer's `locale`.
 * A language that the person picked in this browser stays.
 */
export async function suggestLanguage(locale: string | null | undefined): Promise<void> {
  const language = chooseLanguage(picked(), locale, navigator.languages);
  if (language !== currentLanguage()) await change(language);
}

/** The language being shown. */
export function currentLanguage(): Language {
  return languageOf(i18next.language) ?? 'en';
}

/** The language being shown, its direction and its Intl locale; renders again when it changes. */
export function useLanguage(): { language: Language; dir: 'ltr' | 'rtl'; intl: string } {
  const { i18n } = useTranslation();
  const language = languageOf(i18n.language) ?? 'en';
  return { language, dir: languages[language].dir, intl: languages[language].intl };
}
