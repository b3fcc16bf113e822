/** Has what is shown asked for again while requests fail that may go well later. */

import { mapExchange, type Exchange } from '@urql/core';
import { isPassing } from './failure';
import { waitOf } from './wait';

/** Waits grow from about the first to the last, in milliseconds. */
const FIRST = 4_000;
const LONGEST = 60_000;

/** Calls `again` a while after a query has failed, and later each time, until none fails. */
export function retry(again: () => void): Exchange {
  const failing = new Set<number>();
  let attempts = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const act = () => {
    timer = undefined;
    attempts += 1;
    again();
  };
  return mapExchange({
    onOperation: ({ kind, key }) => {
      if (kind === 'teardown') {
        failing.delete(key);
      }
    },
    onResult: ({ operation: { kind, key }, error, stale }) => {
      // What the cache still has says nothing of the server.
      if (kind !== 'query' || stale) {
        return;
      }
      if (isPassing(error)) {
        failing.add(key);
        timer ??= setTimeout(act, waitOf(attempts, FIRST, LONGEST));
        return;
      }
      failing.delete(key);
      if (failing.size === 0) {
        attempts = 0;
      }
    },
  });
}
