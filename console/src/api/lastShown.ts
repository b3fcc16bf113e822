/**
 * What a page shows stays while the server is not reached. Without this an answer that fails would take
 * the place of the one before it, and with it go the page, its streams and what is typed in its forms.
 */

import { mapExchange, type Exchange } from '@urql/core';

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
      if (result.data != null) {
        shown.set(key, result.data);
      } else if (result.error?.networkError !== undefined && shown.has(key)) {
        return { ...result, data: shown.get(key) };
      }
      return result;
    },
  });
}
