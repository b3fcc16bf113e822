// People sign in at a real provider of OpenID Connect, and the server accepts what it issues for the
// server, and nothing else that it issues.

import assert from 'node:assert/strict';
import { createPrivateKey, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { AUDIENCE, SCOPE, makeKey, startProvider } from './support/provider.js';
import { IN_A_HURRY, startAlone } from './support/server.js';
import { client as socketClient, once } from './support/sockets.js';

const DIRECTORY = '7c9f2a51-4b0e-4c35-9d4e-0c5a8f1b2d63';
const OTHER_DIRECTORY = '11111111-2222-4333-8444-555555555555';
const PERSON = 'e2b8f0c4-96d1-4e7a-8a52-3f6d0b9c1e75';
const WHO = `{ viewer {
  user { displayName }
  apiToken { id }
  tenants { nodes { name viewerRole } }
} }`;
// Keys that were just fetched are not asked for again at once.
const ROTATION_PATIENCE = 40_000;

/** Adds a tenant, and a person as its manager. */
function withManager(issuer, subject) {
  return (server) => {
    const secret = path.join(server.directory, 'secret.txt');
    writeFileSync(secret, 'a secret that nobody uses\n');
    const ids = ['--entra-tenant-id', DIRECTORY, '--client-id', OTHER_DIRECTORY];
    const named = ['tenant', 'add', '--name', 'Contoso', ...ids];
    const tenant = server.command(...named, '--client-secret-file', secret);
    const member = ['--tenant', tenant, '--issuer', issuer, '--subject', subject];
    server.command('member', 'add', ...member, '--role', 'MANAGER');
  };
}

async function status(server, token) {
  const { status: found, json } = await server.send(JSON.stringify({ query: WHO }), { token });
  if (found !== 200) assert.equal(json.errors[0].extensions.code, 'UNAUTHENTICATED');
  return found;
}

const part = (text) => JSON.parse(Buffer.from(text, 'base64url'));

/** The same token with other claims, signed by the provider's own key. */
function resigned(token, key, change) {
  const [header, claims] = token.split('.').slice(0, 2).map(part);
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode(header)}.${encode({ ...claims, ...change(claims) })}`;
  const with_ = { key: createPrivateKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  return `${signed}.${sign('sha256', Buffer.from(signed), with_).toString('base64url')}`;
}

describe('a provider of any make', () => {
  let provider;
  let server;
  let key = makeKey('RS256');
  before(async () => {
    provider = await startProvider();
    provider.extraClaims = () => ({ name: 'Rita Reyes' });
    provider.use([key]);
    const config = `${IN_A_HURRY}
      [oidc.provider]
      issuer = "${provider.issuer}"
      audience = "${AUDIENCE}"
      scopes = ["${SCOPE}"]
    `;
    server = await startAlone(config, withManager(provider.issuer, 'rita'));
  });
  after(async () => {
    await server?.stop();
    await provider?.stop();
  });

  test('who signs in is let in, with the role that the database has', async () => {
    const { access } = await provider.signIn('rita');
    assert.equal(part(access.split('.')[0]).alg, 'RS256');
    const { viewer } = await server.ask(WHO, {}, { token: access });
    assert.deepEqual(viewer, {
      user: { displayName: 'Rita Reyes' },
      apiToken: null,
      tenants: { nodes: [{ name: 'Contoso', viewerRole: 'MANAGER' }] },
    });
    const connectionParams = { authorization: `Bearer ${access}` };
    const asking = socketClient(server, { connectionParams });
    const { data } = await once(asking, { query: WHO });
    assert.deepEqual(data.viewer, viewer);
    await asking.dispose();
  });

  test('somebody without a membership is let in, and sees no tenant', async () => {
    const { access } = await provider.signIn('marco');
    const { viewer } = await server.ask(WHO, {}, { token: access });
    assert.deepEqual(viewer.tenants.nodes, []);
  });

  test('an ID token, a token for another API and an expired one are refused', async () => {
    const { access, id } = await provider.signIn('rita');
    assert.equal(await status(server, access), 200);
    assert.equal(await status(server, id), 401);
    const foreign = await provider.signIn('rita', { audience: 'https://other.example' });
    assert.equal(await status(server, foreign.access), 401);
    const old = resigned(access, key, ({ exp }) => ({ exp: exp - 3600 }));
    assert.equal(await status(server, old), 401);
    const same = resigned(access, key, () => ({}));
    assert.equal(await status(server, same), 200, 'the signature was good');
    assert.equal(await status(server, resigned(access, makeKey('RS256'), () => ({}))), 401);
  });

  test('new keys are picked up, of another algorithm too; the old ones are worthless', async () => {
    const { access: before } = await provider.signIn('rita');
    key = makeKey('ES256');
    provider.use([key]);
    const { access } = await provider.signIn('rita');
    assert.equal(part(access.split('.')[0]).alg, 'ES256');
    const late = Date.now() + ROTATION_PATIENCE;
    while ((await status(server, access)) !== 200) {
      assert.ok(Date.now() < late, 'the new key is not known');
      await pause(500);
    }
    assert.equal(await status(server, before), 401);
  });
});

describe('a provider that issues tokens as Microsoft Entra does', () => {
  let provider;
  let server;
  const key = makeKey('RS256');
  before(async () => {
    provider = await startProvider(`/${DIRECTORY}/v2.0`);
    const template = `${provider.root}/{tenantid}/v2.0`;
    // What Entra publishes for all directories together.
    provider.documents['/organizations/v2.0/.well-known/openid-configuration'] = {
      issuer: template,
      jwks_uri: `${provider.issuer}/jwks`,
    };
    provider.use([key]);
    const config = `${IN_A_HURRY}
      [oidc.entra]
      issuer = "${template}"
      audience = "${AUDIENCE}"
      allowed_tenants = ["${DIRECTORY}"]
    `;
    server = await startAlone(config, withManager(provider.issuer, PERSON));
  });
  after(async () => {
    await server?.stop();
    await provider?.stop();
  });

  const claims = { ver: '2.0', tid: DIRECTORY, oid: PERSON, scp: SCOPE, name: 'Rita Reyes' };

  test('people are known by directory and object, whatever their subject is', async () => {
    for (const login of ['one-subject', 'another-subject']) {
      provider.extraClaims = () => claims;
      const { access } = await provider.signIn(login);
      const { viewer } = await server.ask(WHO, {}, { token: access });
      assert.deepEqual(viewer.tenants.nodes, [{ name: 'Contoso', viewerRole: 'MANAGER' }]);
    }
  });

  for (const [what, change] of [
    ['of another directory', { tid: OTHER_DIRECTORY }],
    ['without a directory', { tid: undefined }],
    ['without an object', { oid: undefined }],
    ['without the scope', { scp: undefined }],
    ['of a program', { scp: undefined, roles: ['Anything'], idtyp: 'app' }],
    ['of version 1.0', { ver: '1.0' }],
  ]) {
    test(`a token ${what} is refused`, async () => {
      provider.extraClaims = () => ({ ...claims, ...change });
      const { access } = await provider.signIn('rita');
      assert.equal(await status(server, access), 401);
    });
  }
});
