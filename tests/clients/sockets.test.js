// Every way in which the server ends a connection, and what it does with bare messages of
// `graphql-transport-ws`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { IN_A_HURRY, start, within } from './support/server.js';
import { Talk } from './support/sockets.js';

const CONFIG = `${IN_A_HURRY}
[limits.sockets]
init_timeout = "700ms"
ping = "400ms"
operations = 3
per_caller = 4
`;
const VERSION = { query: '{ serverInfo { version } }' };

let server;
before(async () => (server = await start({ config: CONFIG })));
after(() => server?.stop());

const subscribe = (id, payload = VERSION) => ({ id, type: 'subscribe', payload });
const events = () => ({
  query: `subscription { backupRunEvents(tenantId: "${server.tenant.id}") { cursor } }`,
});

async function ready({ token = server.token(), ...options } = {}) {
  const talk = new Talk(server, options);
  assert.deepEqual(await talk.init(token), { type: 'connection_ack' });
  return talk;
}

/** The code with which the server ends a connection after some messages. */
async function ending(talk, ...messages) {
  for (const message of messages) await talk.send(message);
  const { code, reason } = await talk.closed();
  assert.ok(Buffer.byteLength(reason) <= 123, reason);
  return code;
}

for (const [what, messages] of [
  ['no JSON', ['nonsense']],
  ['no object', ['[]']],
  ['bytes', [Buffer.from('{"type":"ping"}')]],
  ['no type', [{}]],
  ['a type of the server', [{ type: 'next', id: '1', payload: {} }]],
  ['a type of the old protocol', [{ type: 'start', id: '1', payload: VERSION }]],
  ['an operation without an id', [{ type: 'subscribe', payload: VERSION }]],
  ['an operation with an empty id', [subscribe('')]],
  ['an operation with a number for an id', [subscribe(1)]],
  ['an operation without a payload', [{ id: '1', type: 'subscribe' }]],
  ['an operation without a query', [subscribe('1', {})]],
  ['variables that are a list', [subscribe('1', { ...VERSION, variables: [] })]],
  ['complete without an id', [{ type: 'complete' }]],
  ['JSON nested 30,000 deep', ['['.repeat(30_000)]],
]) {
  test(`4400: ${what}`, async () => assert.equal(await ending(await ready(), ...messages), 4400));
}

test('4400: a payload of connection_init that is no object', async () => {
  const talk = new Talk(server);
  assert.equal(await ending(talk, { type: 'connection_init', payload: 'x' }), 4400);
});

test('4401: an operation before connection_init, and before its answer', async () => {
  assert.equal(await ending(new Talk(server), subscribe('1')), 4401);
});

for (const [what, payload] of [
  ['no payload', undefined],
  ['no credential', {}],
  ['a bad token', { authorization: 'Bearer ta_nonsense' }],
  ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }],
  ['a credential that is no text', { authorization: 1 }],
]) {
  test(`4403: ${what}`, async () => {
    assert.equal(await ending(new Talk(server), { type: 'connection_init', payload }), 4403);
  });
}

for (const header of ['graphql-ws', 'soap', undefined]) {
  test(`4406: the sub-protocol ${header}`, async () => {
    // As a header of its own, so that the package does not itself refuse the missing answer.
    const headers = header === undefined ? {} : { 'sec-websocket-protocol': header };
    assert.equal(await ending(new Talk(server, { protocols: [], headers })), 4406);
  });
}

test('4408: connection_init does not come', async () => {
  assert.equal(await ending(new Talk(server)), 4408);
});

test('4409: an operation whose id is in use, also if that is long', async () => {
  const id = 'ü'.repeat(1000);
  const talk = await ready();
  assert.equal(await ending(talk, subscribe(id, events()), subscribe(id, events())), 4409);
});

test('4429: a second connection_init', async () => {
  assert.equal(await ending(await ready(), { type: 'connection_init' }), 4429);
});

test('1009: a message that is too big', async () => {
  const query = `{ serverInfo { version } } #${'x'.repeat(70_000)}`;
  assert.equal(await ending(await ready(), subscribe('1', { query })), 1009);
});

test('a close is answered with its own code', async () => {
  const talk = await ready();
  talk.close(1000);
  assert.equal((await talk.closed()).code, 1000);
});

test('a ping of the protocol is answered, at any time, and a pong is not', async () => {
  const talk = new Talk(server);
  await talk.send({ type: 'pong' });
  await talk.send({ type: 'ping', payload: { any: 'thing' } });
  assert.deepEqual(await talk.hear(), { type: 'pong' });
  talk.end();
});

test('a ping of the connection is answered; the server pings, and parts from who does not answer', async () => {
  const talk = await ready();
  talk.ping();
  await within(5_000, 'a pong', talk.ponged);
  talk.end();
  const deaf = await ready({ autoPong: false });
  assert.equal((await deaf.closed()).code, 1006);
});

test('an operation is answered and completed, and its id can be used again', async () => {
  const talk = await ready();
  for (let round = 0; round < 3; round += 1) {
    await talk.send(subscribe('1'));
    const answer = await talk.hear();
    assert.equal(answer.type, 'next');
    assert.equal(answer.id, '1');
    assert.match(answer.payload.data.serverInfo.version, /^\d+\.\d+\.\d+/);
    assert.deepEqual(await talk.hear(), { id: '1', type: 'complete' });
  }
  talk.end();
});

test('a client ends an operation; its id is free again', async () => {
  const talk = await ready();
  for (let round = 0; round < 10; round += 1) {
    await talk.send(subscribe('1', events()));
    await talk.send({ id: '1', type: 'complete' });
  }
  await talk.send({ id: 'unknown', type: 'complete' });
  await talk.send(subscribe('1'));
  assert.equal((await talk.hear()).payload.data.serverInfo !== undefined, true);
  talk.end();
});

test('errors before execution are an error message, those of a field are data', async () => {
  const talk = await ready();
  await talk.send(subscribe('1', { query: '{ nothing }' }));
  const refused = await talk.hear();
  assert.equal(refused.type, 'error');
  assert.equal(refused.payload[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  await talk.send(subscribe('1', { query: '{ tenant(id: "x") { id } }' }));
  const answered = await talk.hear();
  assert.equal(answered.type, 'next');
  assert.equal(answered.payload.data.tenant, null);
  assert.equal(answered.payload.errors[0].extensions.code, 'INVALID_ID');
  talk.end();
});

test('operations and connections are limited', async () => {
  // Whoever has no connections of other tests that the server has not seen end yet.
  const token = server.token('OPERATOR');
  const talk = await ready({ token });
  for (const id of ['1', '2', '3', '4']) await talk.send(subscribe(id, events()));
  const refused = await talk.hear();
  assert.deepEqual([refused.id, refused.type], ['4', 'error']);
  const others = [];
  while (others.length < 3) others.push(await ready({ token }));
  const init = { type: 'connection_init', payload: { authorization: `Bearer ${token}` } };
  assert.equal(await ending(new Talk(server), init), 4403);
  [talk, ...others].forEach((one) => one.end());
});
