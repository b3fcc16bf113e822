import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

export interface Told {
  text: string;
  /** The language of the text, where it is not the reader's. */
  lang: 'en' | undefined;
}

/** The language that the server speaks. */
const OF_SERVER = 'en';

/**
 * What the server tells in English, in the language of the reader. The words stand below their code in
 * `told.json` of the language, which comes after the page has begun. Until then, and for codes of newer
 * servers, it is the server's own text. In English it always is.
 */
export function useTold(): (code: string, english: string, places?: Record<string, string>) => Told {
  const { t, i18n } = useTranslation();
  return useCallback(
    (code, english, places) => {
      const key = `told:${code}`;
      if (i18n.exists(key)) {
        return { text: t(key, { defaultValue: english, ...places }), lang: undefined };
      }
      return { text: english, lang: i18n.language === OF_SERVER ? undefined : OF_SERVER };
    },
    [t, i18n],
  );
}
