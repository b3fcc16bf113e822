/** Whether events arrive: what the banner tells. */

import { useSyncExternalStore } from 'react';

export type Connection = 'idle' | 'connected' | 'lost';

let connection: Connection = 'idle';
const listeners = new Set<() => void>();

export function setConnection(next: Connection): void {
  if (next !== connection) {
    connection = next;
    listeners.forEach((listener) => listener());
  }
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connection,
  );
}
