/** A language of the product, as its BCP 47 primary tag. */
export type Language = 'en' | 'vi' | 'zh' | 'fa' | 'ru' | 'uk';

/** What a language needs: its own name, its direction, and the Intl locale for dates and numbers. */
export const languages: Record<Language, { name: string; dir: 'ltr' | 'rtl'; intl: string }> = {
  en: { name: 'English', dir: 'ltr', intl: 'en-GB' },
  vi: { name: 'Tiếng Việt', dir: 'ltr', intl: 'vi-VN' },
  zh: { name: '中文', dir: 'ltr', intl: 'zh-CN' },
  fa: { name: 'فارسی', dir: 'rtl', intl: 'fa-IR-u-ca-persian-nu-arabext' },
  ru: { name: 'Русский', dir: 'ltr', intl: 'ru-RU' },
  uk: { name: 'Українська', dir: 'ltr', intl: 'uk-UA' },
};

export const languageCodes = Object.keys(languages) as Language[];

/** The language of a locale such as "fa-IR" or "zh_Hant"; undefined when it is none of ours. */
export function languageOf(locale: string | null | undefined): Language | undefined {
  const primary = locale?.toLowerCase().split(/[-_]/)[0];
  return languageCodes.find((code) => code === primary);
}

/**
 * Chooses the first that we have: what the person picked in this browser, what
 * the API knows of the person, what the browser asks for, English.
 */
export function chooseLanguage(picked: string | null, fromApi: string | null | undefined, browser: readonly string[]): Language {
  return languageOf(picked) ?? languageOf(fromApi) ?? browser.map(languageOf).find((l) => l !== undefined) ?? 'en';
}
