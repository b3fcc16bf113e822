/** Why a sign-in was not completed, by what people can do about it. */

import { ErrorResponse, ErrorTimeout } from 'oidc-client-ts';
import { KeepsNothing } from './kept';

export type Problem =
  | 'denied'
  | 'interrupted'
  | 'unavailable'
  | 'misconfigured'
  | 'stale'
  | 'unreachable'
  | 'keepsNothing'
  | 'notAccepted'
  | 'unknown';

/** The codes of OAuth 2.0 and OpenID Connect. */
const CODES: Partial<Record<string, Problem>> = {
  access_denied: 'denied',
  account_selection_required: 'interrupted',
  consent_required: 'denied',
  interaction_required: 'interrupted',
  invalid_client: 'misconfigured',
  invalid_grant: 'stale',
  invalid_request: 'misconfigured',
  invalid_scope: 'misconfigured',
  invalid_target: 'misconfigured',
  login_required: 'interrupted',
  redirect_uri_mismatch: 'misconfigured',
  server_error: 'unavailable',
  temporarily_unavailable: 'unavailable',
  unauthorized_client: 'misconfigured',
  unsupported_response_type: 'misconfigured',
};

/** This tab has not begun the sign-in that an address is about, or has completed it before. */
export class StaleSignIn extends Error {}

/** The server does not take the token that the issuer gave. */
export class NotAccepted extends Error {}

export function problemOf(cause: unknown): Problem {
  if (cause instanceof ErrorResponse) {
    return CODES[cause.error ?? ''] ?? 'unknown';
  }
  if (cause instanceof StaleSignIn) {
    return 'stale';
  }
  if (cause instanceof NotAccepted) {
    return 'notAccepted';
  }
  if (cause instanceof KeepsNothing) {
    return 'keepsNothing';
  }
  // `fetch` tells of a network that fails by a TypeError.
  return cause instanceof ErrorTimeout || cause instanceof TypeError ? 'unreachable' : 'unknown';
}

/** What the issuer says about it, for support: a code, and mostly a sentence in English. */
export function detailOf(cause: unknown): string {
  if (cause instanceof ErrorResponse) {
    return [cause.error, cause.error_description].filter((one) => one !== null && one !== '').join(': ');
  }
  return cause instanceof Error ? cause.message : String(cause);
}

/** Where a sign-in would have led; undefined when nothing tells. */
export function errandOf(cause: unknown): unknown {
  return cause instanceof ErrorResponse ? cause.state : undefined;
}
