/**
 * Subscriptions that go on where they were. Every event carries a cursor; whoever subscribes again
 * passes the last one as `after`, and misses nothing that happened meanwhile.
 */

interface Payload {
  query: string;
  variables: Record<string, unknown>;
  operationName?: string;
}

export interface Resumable {
  /** Read anew by the client whenever it subscribes, so `after` is always the last one seen. */
  readonly payload: Payload;
  /** Forgets the cursor: it is taken no longer. */
  beginAnew: () => void;
  /** Takes note of a result's cursor. */
  seen: (result: { data?: Record<string, unknown> | null }) => void;
}

function cursorOf(value: unknown): string | undefined {
  const has = typeof value === 'object' && value !== null && 'cursor' in value;
  return has && typeof value.cursor === 'string' ? value.cursor : undefined;
}

export function resumable(query: string, variables: Record<string, unknown>): Resumable {
  let after: string | undefined;
  return {
    payload: {
      query,
      get variables() {
        return after === undefined ? variables : { ...variables, after };
      },
    },
    beginAnew() {
      after = undefined;
    },
    seen(result) {
      for (const event of Object.values(result.data ?? {})) {
        after = cursorOf(event) ?? after;
      }
    },
  };
}
