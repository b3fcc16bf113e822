/**
 * Asks again for all that is shown when something has happened that only a list or a count can tell.
 *
 * Events come in swarms, and one may come while the answer that it makes old is on its way. So they
 * are not answered one by one: a moment later everything that is shown is asked for once, past the
 * cache, and then not again for a while.
 */

import { makeOperation, type Client, type Exchange, type Operation, type OperationResult } from '@urql/core';
import { pipe, tap } from 'wonka';
import { isPassing } from './failure';

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
  /** What never changes, which is asked for with `cache-first`: it counts as shown until it has an answer. */
  const unchanging = new Set<number>();
  const acts = new Set<() => void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastAt = -Infinity;

  const note = (operation: Operation) => {
    if (operation.kind === 'teardown') {
      shown.delete(operation.key);
      unchanging.delete(operation.key);
    }
    if (operation.kind !== 'query') {
      return;
    }
    if (operation.context.requestPolicy !== 'cache-first') {
      shown.set(operation.key, operation);
    } else if (!shown.has(operation.key)) {
      // The cache asks itself so, too, for what is shown already.
      shown.set(operation.key, operation);
      unchanging.add(operation.key);
    }
  };
  const settle = ({ operation: { key }, error, data }: OperationResult) => {
    if (unchanging.has(key) && data != null && !isPassing(error)) {
      shown.delete(key);
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
        pipe(forward(pipe(operations, tap(note))), tap(settle)),
    soon() {
      timer ??= setTimeout(round, Math.max(SOON, lastAt + BETWEEN - Date.now()));
    },
    with(act) {
      acts.add(act);
      return () => acts.delete(act);
    },
  };
}
