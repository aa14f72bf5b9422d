import 'i18next';
import type common from '../../locales/en/common.json';
import type consoleTexts from '../../locales/en/console.json';
import type phone from '../../locales/en/phone.json';
import type voice from '../../locales/en/voice.json';
import type visit from '../../locales/en/visit.json';

// Keys are typed from the English texts: t('noSuchKey') does not compile.
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: { common: typeof common; console: typeof consoleTexts; voice: typeof voice; visit: typeof visit; phone: typeof phone };
  }
}
