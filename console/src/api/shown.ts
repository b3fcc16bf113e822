import { createContext, useContext, useEffect } from 'react';
import type { Refresh } from './refresh';

export const Shown = createContext<Refresh | null>(null);

/** Does something whenever all that is shown is asked for again. */
export function useRefreshed(act: () => void): void {
  const shown = useContext(Shown);
  useEffect(() => {
    const stop = shown?.with(act);
    return () => void stop?.();
  }, [shown, act]);
}
