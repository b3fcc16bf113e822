/** The languages of the console, and the choice among them. */

import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { keepIn, keptIn } from '../session/kept';
import type english from './en';

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

const KEY = 'tenantatlas.language';

const TEXTS: Record<Language, () => Promise<{ default: typeof english }>> = {
  en: () => import('./en'),
  de: () => import('./de'),
};

/** What the server tells in English and the console in another language: much of it, and not needed at once. */
const TOLD: Partial<Record<Language, () => Promise<{ default: object }>>> = {
  de: () => import('./de/told.json'),
};

function isLanguage(value: string | undefined | null): value is Language {
  return LANGUAGES.some((language) => language === value);
}

/** The language that was chosen before, or else the first one of the browser's that there is. */
export function preferredLanguage(): Language {
  const chosen = keptIn('localStorage', KEY);
  if (isLanguage(chosen)) {
    return chosen;
  }
  return navigator.languages.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en';
}

async function load(language: Language): Promise<void> {
  const texts = (await TEXTS[language]()).default;
  for (const [namespace, entries] of Object.entries(texts)) {
    i18next.addResourceBundle(language, namespace, entries);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  // Without it the server's English is shown, so nothing waits for it.
  TOLD[language]?.().then(
    (told) => i18next.addResourceBundle(language, 'told', told.default),
    () => undefined,
  );
}

export async function startLanguage(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: {},
    lng: 'en',
    defaultNS: 'common',
    interpolation: { escapeValue: false },
    // What comes later is shown when it has come.
    react: { bindI18nStore: 'added' },
  });
  await load(preferredLanguage());
}

export async function chooseLanguage(language: Language): Promise<void> {
  keepIn('localStorage', KEY, language);
  await load(language);
}
