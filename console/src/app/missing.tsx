import { useEffect, useState, type ComponentType } from 'react';
import { useLocation } from 'react-router';
import { Skeleton } from '../ui/Skeleton';

export type LoadPage = () => Promise<{ default: ComponentType }>;

type Outcome = { kind: 'come'; Page: ComponentType } | { kind: 'failed'; cause: unknown };

/** A page whose code has not come before. */
function OnceMore({ load }: { load: LoadPage }) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  useEffect(() => {
    load().then(
      ({ default: Page }) => setOutcome({ kind: 'come', Page }),
      (cause: unknown) => setOutcome({ kind: 'failed', cause }),
    );
  }, [load]);
  if (outcome?.kind === 'failed') {
    throw outcome.cause;
  }
  return outcome === null ? <Skeleton /> : <outcome.Page />;
}

/**
 * In place of a page whose code has not come. The router asks for it once, and shows nothing at all for
 * a page without one. So this says why, and asks once more when somebody comes again.
 */
export function missing(load: LoadPage, cause: unknown): ComponentType {
  let failedAt: string | undefined;
  return function Missing() {
    const { key } = useLocation();
    failedAt ??= key;
    if (key === failedAt) {
      throw cause;
    }
    return <OnceMore load={load} />;
  };
}
