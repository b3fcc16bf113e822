import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

/** What the editor itself says, by its English words. */
const SAID = {
  Find: 'find',
  next: 'next',
  previous: 'previous',
  all: 'all',
  'match case': 'matchCase',
  'by word': 'byWord',
  regexp: 'regexp',
  close: 'close',
  'current match': 'currentMatch',
  'on line': 'onLine',
  'Fold line': 'foldLine',
  'Unfold line': 'unfoldLine',
  'folded code': 'foldedCode',
  unfold: 'unfold',
  'to': 'to',
  '$ unchanged lines': 'unchangedLines',
} as const;

export function usePhrases(): Record<string, string> {
  const { t } = useTranslation('json');
  return useMemo(
    () => Object.fromEntries(Object.entries(SAID).map(([english, name]) => [english, t(`editor.${name}`)])),
    [t],
  );
}
