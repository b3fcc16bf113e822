/** What to do about a request that was not answered, by its code. */

/** The codes with words of their own, in `failure` of the texts. */
const OWN = [
  'NETWORK',
  'NOT_FOUND',
  'FORBIDDEN',
  'RATE_LIMITED',
  'RESPONSE_TOO_LARGE',
  'TIMEOUT',
  'UNAVAILABLE',
  'INTERNAL',
  'INVALID_ID',
  'INVALID_CURSOR',
  'UNAUTHENTICATED',
] as const;

/** A page and a server that speak of different things: mostly, the server was updated under the page. */
const MISMATCHED = [
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'BATCHING_NOT_SUPPORTED',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'METHOD_NOT_ALLOWED',
  'NOT_ACCEPTABLE',
  'PAGE_SIZE_OUT_OF_RANGE',
  'QUERY_TOO_COMPLEX',
  'QUERY_TOO_DEEP',
  'QUERY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
];

type Advice = (typeof OWN)[number] | 'NOT_UNDERSTOOD' | 'TOO_LARGE';

/** Which words fit a code; null for a code that nothing is known of. */
export function knownAdvice(code: string): Advice | null {
  if (code === 'PAYLOAD_TOO_LARGE') {
    return 'TOO_LARGE';
  }
  return OWN.find((one) => one === code) ?? (MISMATCHED.includes(code) ? 'NOT_UNDERSTOOD' : null);
}

export function adviceOn(code: string): Advice {
  return knownAdvice(code) ?? 'INTERNAL';
}

/** Whether asking again does not mend it. */
export function isLasting(code: string): boolean {
  return ['NOT_FOUND', 'FORBIDDEN', 'INVALID_ID', 'INVALID_CURSOR', 'UNAUTHENTICATED'].includes(code);
}
