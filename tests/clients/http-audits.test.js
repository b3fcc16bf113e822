// The audits of GraphQL over HTTP that the package `graphql-http` brings, those that only SHOULD or
// MAY hold included.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { start } from './support/server.js';

const HOW_MANY = 61;

let server;
before(async () => (server = await start()));
after(() => server?.stop());

const audits = serverAudits({
  url: () => server.url,
  fetchFn: (url, init) =>
    fetch(url, {
      ...init,
      headers: { ...init?.headers, authorization: `Bearer ${server.token('READONLY')}` },
      signal: AbortSignal.timeout(10_000),
    }),
});

test('none of the audits is left out', () => assert.equal(audits.length, HOW_MANY));

for (const audit of audits) {
  test(`${audit.id}: ${audit.name}`, async () => {
    const result = await audit.fn();
    assert.equal(result.status, 'ok', `${result.status}: ${result.reason}`);
  });
}
