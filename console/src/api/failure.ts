/** Why a request has no answer, in one shape for every page. */

import type { CombinedError } from '@urql/core';

export interface Failure {
  /** The server's code, or NETWORK when it was not reached. */
  code: string;
  /** What the server says, in English; empty when it was not reached. */
  message: string;
  /** For support: stands in the server's log. */
  requestId: string | null;
}

export const NETWORK = 'NETWORK';

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function failureOf(error: CombinedError): Failure {
  const [first] = error.graphQLErrors;
  if (first === undefined) {
    return { code: NETWORK, message: '', requestId: null };
  }
  return {
    code: text(first.extensions.code) ?? 'INTERNAL',
    message: first.message,
    requestId: text(first.extensions.requestId),
  };
}

/** Codes of what may go well when it is asked for again later. */
const PASSING = ['UNAVAILABLE', 'TIMEOUT', 'RATE_LIMITED', 'INTERNAL'];

/** Whether a request has failed by something other than what it asked for. */
export function isPassing(error: CombinedError | undefined): boolean {
  return (
    error !== undefined &&
    (error.networkError !== undefined ||
      error.graphQLErrors.some(({ extensions }) => PASSING.includes(text(extensions.code) ?? 'INTERNAL')))
  );
}
