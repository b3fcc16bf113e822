// The people of the demonstration, who sign in at its own issuer by code and PKCE. It asks for no
// password and shows no page to whoever says who comes.

import { createHash, randomBytes } from 'node:crypto';

const CLIENT = 'console';
const REDIRECT = 'http://127.0.0.1/back';
const PATIENCE = 10_000;

/** The access token of a person, such as `olivia`, who owns every tenant. */
export async function signIn(server, login) {
  const verifier = randomBytes(32).toString('base64url');
  const code = await codeFor(server, login, verifier);
  const response = await fetch(`${server.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: CLIENT,
      redirect_uri: REDIRECT,
      code_verifier: verifier,
      code,
    }),
    signal: AbortSignal.timeout(PATIENCE),
  });
  const tokens = await response.json();
  if (!response.ok) throw new Error(JSON.stringify(tokens));
  return tokens.access_token;
}

async function codeFor(server, login, verifier) {
  const start = new URL(`${server.issuer}/authorize`);
  start.search = new URLSearchParams({
    client_id: CLIENT,
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope: 'openid',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    login_hint: login,
  });
  const options = { redirect: 'manual', signal: AbortSignal.timeout(PATIENCE) };
  const response = await fetch(start, options);
  const location = response.headers.get('location');
  const code = location === null ? null : new URL(location).searchParams.get('code');
  if (code === null) throw new Error(`${response.status}: ${location ?? (await response.text())}`);
  return code;
}
