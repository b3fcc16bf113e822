/**
 * Asks again for all that is shown when something has happened that only a list or a count can tell.
 *
 * Events come in swarms, and one may come while the answer that it makes old is on its way. So they
 * are not answered one by one: a moment later everything that is shown is asked for once, past the
 * cache, and then not again for a while.
 */

import { makeOperation, type Client, type Exchange, type Operation } from '@urql/core';
import { pipe, tap } from 'wonka';

/** A swarm's first events come within this. In milliseconds, as what follows. */
const SOON = 300;
/** The least time between two rounds: a page costs its points again in each. */
const BETWEEN = 3_000;

export interface Refresh {
  /** Takes note of the queries that are shown. */
  exchange: Exchange;
  soon: () => void;
  /** Does something in every round, for what reads without a query that is shown. */
  with: (act: () => void) => () => boolean;
}

export function refresh(client: () => Client): Refresh {
  const shown = new Map<number, Operation>();
  const acts = new Set<() => void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastAt = -Infinity;

  const note = (operation: Operation) => {
    if (operation.kind === 'teardown') {
      shown.delete(operation.key);
    }
    // What never changes is asked for with `cache-first`.
    if (operation.kind === 'query' && operation.context.requestPolicy !== 'cache-first') {
      shown.set(operation.key, operation);
    }
  };
  const round = () => {
    timer = undefined;
    lastAt = Date.now();
    for (const operation of shown.values()) {
      const again = makeOperation('query', operation, { ...operation.context, requestPolicy: 'network-only' });
      client().reexecuteOperation(again);
    }
    acts.forEach((act) => act());
  };
  return {
    exchange:
      ({ forward }) =>
      (operations) =>
        forward(pipe(operations, tap(note))),
    soon() {
      timer ??= setTimeout(round, Math.max(SOON, lastAt + BETWEEN - Date.now()));
    },
    with(act) {
      acts.add(act);
      return () => acts.delete(act);
    },
  };
}
