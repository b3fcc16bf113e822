import { useSyncExternalStore } from 'react';

/** Where two columns, and rows of fields, have no room. */
const NARROW = window.matchMedia('(max-width: 52rem)');

export function useIsNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      NARROW.addEventListener('change', listener);
      return () => NARROW.removeEventListener('change', listener);
    },
    () => NARROW.matches,
  );
}
