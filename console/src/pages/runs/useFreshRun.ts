import { useEffect, useRef } from 'react';
import type { ShownRun } from './run';

/** The shortest time between two questions about a run that moves. */
const PACE = 2_000;

/**
 * Events tell how far a run is, but not how far each of its kinds is: that is asked for again when
 * they tell of something new, at a bounded pace.
 */
export function useFreshRun(
  run: ShownRun | null | undefined,
  ask: (options: { requestPolicy: 'network-only' }) => void,
): void {
  const stamp = run == null ? null : [run.status, run.progress.updatedAt, run.cancelRequestedAt, run.attempt].join(' ');
  const known = useRef<string | null>(null);
  const askedAt = useRef(0);
  useEffect(() => {
    if (stamp === null || known.current === stamp) {
      return;
    }
    if (known.current === null) {
      // The page has just asked for all of it.
      known.current = stamp;
      askedAt.current = Date.now();
      return;
    }
    const wait = Math.max(0, askedAt.current + PACE - Date.now());
    const timer = setTimeout(() => {
      known.current = stamp;
      askedAt.current = Date.now();
      ask({ requestPolicy: 'network-only' });
    }, wait);
    return () => clearTimeout(timer);
  }, [stamp, ask]);
}
