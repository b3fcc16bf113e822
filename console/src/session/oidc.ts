/** Signing in by the code flow with PKCE, at one of the issuers that the server accepts. */

import { OidcClient, WebStorageStateStore } from 'oidc-client-ts';
import { inside } from './inside';
import { KeepsNothing, keepsSome } from './kept';
import type { Issuer } from './settings';
import type { Session } from './session';
import { errandOf, StaleSignIn } from './signInProblem';

/** What the state of a sign-in carries over to the callback. */
interface Errand {
  next: string;
}

function nextOf(errand: unknown): string {
  const has = typeof errand === 'object' && errand !== null && 'next' in errand;
  return inside(has && typeof errand.next === 'string' ? errand.next : null);
}

function client(issuer: Issuer): OidcClient {
  return new OidcClient({
    authority: issuer.authority,
    client_id: issuer.clientId,
    redirect_uri: `${location.origin}/callback`,
    post_logout_redirect_uri: `${location.origin}/`,
    scope: issuer.scopes.join(' '),
    response_mode: 'query',
    loadUserInfo: false,
    stateStore: new WebStorageStateStore({ prefix: 'tenantatlas.sign-in.', store: sessionStorage }),
  });
}

/** Which issuer a sign-in went to, for there is one callback for all. */
const AT = 'tenantatlas.sign-in-at';

/** Who is to sign in: whoever the issuer asks for, or one by name. */
export type Who = 'anybody' | { hint: string };

function askedFor(who: Who): { prompt?: string; login_hint?: string } {
  return who === 'anybody' ? { prompt: 'select_account' } : { login_hint: who.hint };
}

/** Leaves the page for the issuer's. Comes back to `/callback`, and from there to `next`. */
export async function leaveToSignIn(issuer: Issuer, next: string, who: Who): Promise<void> {
  // What the issuer sends back is checked against what was kept.
  if (!keepsSome('sessionStorage')) {
    throw new KeepsNothing();
  }
  const errand: Errand = { next };
  const request = await client(issuer).createSigninRequest({ state: errand, ...askedFor(who) });
  sessionStorage.setItem(AT, issuer.authority);
  location.assign(request.url);
}

/** Takes what the issuer sent back. The address with the code is for one use only. */
export async function completeSignIn(
  issuers: Issuer[],
  address: string,
): Promise<{ session: Omit<Session, 'who'>; next: string }> {
  if (!keepsSome('sessionStorage')) {
    throw new KeepsNothing();
  }
  const authority = sessionStorage.getItem(AT);
  sessionStorage.removeItem(AT);
  const issuer = issuers.find((one) => one.authority === authority);
  if (issuer === undefined) {
    throw new StaleSignIn('this tab has not begun to sign in');
  }
  const at = client(issuer);
  // An address that this tab did not ask for says nothing to be believed, not even why it failed.
  await at.readSigninResponseState(address).catch((cause: unknown) => {
    throw new StaleSignIn(String(cause));
  });
  const answer = await at.processSigninResponse(address);
  return {
    session: {
      token: answer.access_token,
      expiresAt: answer.expires_at === undefined ? null : answer.expires_at * 1000,
      authority: issuer.authority,
    },
    next: nextOf(answer.userState),
  };
}

/** Where a sign-in that failed would have led. */
export function missedBy(cause: unknown): string {
  return nextOf(errandOf(cause));
}

/** Where the issuer ends its own session; null when it has no such place. */
export async function signOutAddress(issuer: Issuer): Promise<string | null> {
  const at = client(issuer);
  if ((await at.metadataService.getEndSessionEndpoint()) === undefined) {
    return null;
  }
  return (await at.createSignoutRequest({ client_id: issuer.clientId })).url;
}
