/**
 * The people of the demonstration, and their access tokens for preparing what a test needs. The
 * issuer asks for no password; the code flow is the one that the console goes through in the browser.
 */

import { createHash, randomBytes } from 'node:crypto';

export const PEOPLE = {
  olivia: { name: 'Olivia Owens', role: 'OWNER' },
  marco: { name: 'Marco Mancini', role: 'MANAGER' },
  oscar: { name: 'Oscar Petrov', role: 'OPERATOR' },
  rita: { name: 'Rita Reyes', role: 'READONLY' },
} as const;

export type Login = keyof typeof PEOPLE;

const CLIENT = 'console';
const REDIRECT = 'http://127.0.0.1/back';
const PATIENCE = 10_000;

export async function tokenOf(issuer: string, login: Login): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const start = new URL(`${issuer}/authorize`);
  start.search = new URLSearchParams({
    client_id: CLIENT,
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope: 'openid',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    login_hint: login,
  }).toString();
  const signal = AbortSignal.timeout(PATIENCE);
  const back = (await fetch(start, { redirect: 'manual', signal })).headers.get('location');
  const code = back === null ? null : new URL(back).searchParams.get('code');
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: CLIENT,
      redirect_uri: REDIRECT,
      code_verifier: verifier,
      code: code ?? '',
    }),
    signal,
  });
  const tokens = (await response.json()) as { access_token?: string };
  if (tokens.access_token === undefined) {
    throw new Error(`${login} cannot sign in: ${JSON.stringify(tokens)}`);
  }
  return tokens.access_token;
}
