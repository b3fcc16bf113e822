// An identity provider: the package `oidc-provider`, with access tokens for an API, and a person who
// signs in to it as a browser would.

import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

export const AUDIENCE = 'https://tenantatlas.example';
export const SCOPE = 'access_as_user';

const CLIENT = 'console';
const REDIRECT = 'http://127.0.0.1/back';
const PATIENCE = 10_000;
const MOST_STEPS = 12;

/** A key that signs by an algorithm. */
export function makeKey(alg) {
  const pair =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = randomBytes(8).toString('hex');
  return { ...pair.privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
}

/** Starts a provider. `route` is the path of its issuer. */
export async function startProvider(route = '') {
  const provider = new Issuer(route);
  await provider.listen();
  return provider;
}

class Issuer {
  #server;
  #handle = null;

  constructor(route) {
    this.route = route;
    this.extraClaims = () => ({});
    this.documents = {};
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  async listen() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.root = `http://127.0.0.1:${this.#server.address().port}`;
    this.issuer = this.root + this.route;
  }

  /** From now on it signs with these keys, and knows of no others. */
  use(keys) {
    const info = (resource) => ({
      scope: SCOPE,
      audience: resource,
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: keys[0].alg } },
    });
    const provider = new Provider(this.issuer, {
      jwks: { keys },
      clients: [
        {
          client_id: CLIENT,
          redirect_uris: [REDIRECT],
          token_endpoint_auth_method: 'none',
          application_type: 'native',
          id_token_signed_response_alg: keys[0].alg,
        },
      ],
      cookies: { keys: [randomBytes(16).toString('hex')] },
      features: {
        devInteractions: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => AUDIENCE,
          getResourceServerInfo: (context, resource) => info(resource),
          useGrantedResource: () => true,
        },
      },
      extraTokenClaims: (context, token) => this.extraClaims(token),
      findAccount: (context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
      ttl: { AccessToken: 600, IdToken: 600, Session: 600, Grant: 600, Interaction: 600 },
    });
    this.#handle = provider.callback();
  }

  #serve(request, response) {
    const document = this.documents[request.url];
    if (document !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(document));
      return;
    }
    if (!request.url.startsWith(this.route)) {
      response.writeHead(404).end();
      return;
    }
    // The path under which a provider is mounted is its own business to put back into addresses.
    request.originalUrl = request.url;
    request.url = request.url.slice(this.route.length) || '/';
    this.#handle(request, response);
  }

  /** Signs a person in by code and PKCE, and gives the tokens for an audience. */
  async signIn(login, { audience = AUDIENCE } = {}) {
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const start = new URL(`${this.issuer}/auth`);
    start.search = new URLSearchParams({
      client_id: CLIENT,
      response_type: 'code',
      redirect_uri: REDIRECT,
      scope: `openid ${SCOPE}`,
      resource: audience,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      prompt: 'login consent',
    });
    const code = await this.#browse(start, login);
    const response = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: CLIENT,
        redirect_uri: REDIRECT,
        code_verifier: verifier,
        resource: audience,
        code,
      }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const tokens = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(tokens));
    return { access: tokens.access_token, id: tokens.id_token };
  }

  /** Goes from page to page, says who it is, agrees, and ends at the address of the client. */
  async #browse(start, login) {
    const cookies = new Map();
    let request = { url: start, method: 'GET' };
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const response = await fetch(request.url, {
        method: request.method,
        body: request.body,
        redirect: 'manual',
        headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        signal: AbortSignal.timeout(PATIENCE),
      });
      for (const cookie of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
        if (value === '') cookies.delete(name);
        else cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (location?.startsWith(REDIRECT)) {
        const answer = new URL(location).searchParams;
        if (!answer.has('code')) throw new Error(location);
        return answer.get('code');
      }
      if (location !== null) {
        request = { url: new URL(location, request.url), method: 'GET' };
        continue;
      }
      const page = await response.text();
      const form = /<form[^>]* action="([^"]+)"/.exec(page);
      const prompt = /name="prompt" value="(\w+)"/.exec(page);
      if (form === null || prompt === null) throw new Error(`${response.status}: ${page}`);
      const body = new URLSearchParams({ prompt: prompt[1], login, password: 'any' });
      request = { url: new URL(form[1], request.url), method: 'POST', body };
    }
    throw new Error('the provider asks for more and more');
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
