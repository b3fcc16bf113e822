/**
 * What a page shows stays while the server is not reached, or cannot answer just then. Without this an
 * answer that fails would take the place of the one before it, and with it go the page, its streams and
 * what is typed in its forms.
 */

import { mapExchange, type Exchange } from '@urql/core';
import { isPassing } from './failure';

export function lastShown(): Exchange {
  const shown = new Map<number, unknown>();
  return mapExchange({
    onOperation: ({ kind, key }) => {
      if (kind === 'teardown') {
        shown.delete(key);
      }
    },
    onResult: (result) => {
      const { key, kind } = result.operation;
      if (kind !== 'query') {
        return result;
      }
      // Fields that failed are null in such an answer, as if there were nothing.
      if (isPassing(result.error)) {
        return shown.has(key) ? { ...result, data: shown.get(key) } : result;
      }
      if (result.data != null) {
        shown.set(key, result.data);
      }
      return result;
    },
  });
}
