/** One clock for all that is told relative to now. */

import { useSyncExternalStore } from 'react';

/** How often relative times are told anew. */
const STEP = 10_000;

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    // Nobody has moved it since the last listener left.
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      listeners.forEach((told) => told());
    }, STEP);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
