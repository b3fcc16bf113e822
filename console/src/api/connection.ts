/** Whether events arrive: what the banner tells. */

import { useSyncExternalStore } from 'react';
import { onSessionChange } from '../session/session';

export type Connection = 'idle' | 'connected' | 'lost';

let connection: Connection = 'idle';
const listeners = new Set<() => void>();

export function setConnection(next: Connection): void {
  if (next !== connection) {
    connection = next;
    listeners.forEach((listener) => listener());
  }
}

// What the last session knew of its connection is nothing to the next one.
onSessionChange(() => setConnection('idle'));

export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connection,
  );
}
