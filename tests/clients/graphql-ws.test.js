// The reference client for `graphql-transport-ws` against the server: operations of every kind,
// events in order, and coming back without a gap.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { landed, plan, quiet, runNow, schedule } from './support/backups.js';
import { start } from './support/server.js';
import { client, once, subscribe } from './support/sockets.js';

const EVENTS = `subscription ($tenantId: ID!, $runId: ID, $after: String) {
  backupRunEvents(tenantId: $tenantId, runId: $runId, after: $after, includeProgress: false) {
    cursor
    kind
    previousStatus
    run { id status }
  }
}`;
const FINAL = ['SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'];

let server;
before(async () => {
  server = await start();
  await quiet(server);
});
after(() => server?.stop());

const events = (variables) => ({
  query: EVENTS,
  variables: { tenantId: server.tenant.id, ...variables },
});
const eventOf = ({ data, errors }) => {
  assert.equal(errors, undefined);
  return data.backupRunEvents;
};
const hasEnded = (runId) => (result) => {
  const { run } = eventOf(result);
  return run?.id === runId && FINAL.includes(run.status);
};
const story = (results, runId) =>
  results
    .map(eventOf)
    .filter(({ kind, run }) => kind === 'STATUS_CHANGED' && run.id === runId)
    .map(({ previousStatus, run }) => [previousStatus, run.status]);
const WHOLE_STORY = [
  [null, 'QUEUED'],
  ['QUEUED', 'RUNNING'],
  ['RUNNING', 'SUCCEEDED'],
];

test('queries and mutations work over the socket', async () => {
  const asking = client(server);
  const { data } = await once(asking, { query: '{ viewer { apiToken { role } } }' });
  assert.deepEqual(data, { viewer: { apiToken: { role: 'MANAGER' } } });
  const input = plan(server.tenant.id, 'Made over a socket');
  const query = `mutation ($input: CreateBackupScheduleInput!) {
    createBackupSchedule(input: $input) { schedule { name } userErrors { code path } }
  }`;
  const made = await once(asking, { query, variables: { input } });
  assert.equal(made.data.createBackupSchedule.schedule.name, 'Made over a socket');
  const again = await once(asking, { query, variables: { input } });
  assert.deepEqual(again.data.createBackupSchedule, {
    schedule: null,
    userErrors: [{ code: 'ALREADY_EXISTS', path: ['input', 'name'] }],
  });
  await asking.dispose();
});

test('a refused operation ends with an error that has a code', async () => {
  const asking = client(server);
  for (const [payload, code] of [
    [{ query: '{ nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    [{ query: '{' }, 'GRAPHQL_PARSE_FAILED'],
    [events({ tenantId: server.tenants.Fabrikam.id }), 'NOT_FOUND'],
    [events({ tenantId: 'nonsense' }), 'INVALID_ID'],
    [events({ after: 'nonsense' }), 'INVALID_CURSOR'],
  ]) {
    const failing = subscribe(asking, payload);
    await assert.rejects(failing.done(), (errors) => {
      assert.equal(errors[0].extensions.code, code);
      return true;
    });
  }
  await asking.dispose();
});

test('the events of a run arrive in order, and a later reader gets the rest from a cursor', async () => {
  const watching = client(server);
  const id = await schedule(server, 'Watched');
  const stream = subscribe(watching, events());
  // The stream begins once the server has read where it stands: an answer on the same connection
  // to a later question does not prove it, so the run is started and its first event told either
  // as a snapshot or as a change.
  await once(watching, { query: '{ serverInfo { version } }' });
  const runId = await runNow(server, id);
  const seen = await stream.takeUntil(hasEnded(runId), 'the events of the run');
  assert.deepEqual(story(seen, runId).at(-1), ['RUNNING', 'SUCCEEDED']);
  const changes = seen.map(eventOf).filter(({ kind }) => kind === 'STATUS_CHANGED');
  assert.equal(new Set(changes.map(({ cursor }) => cursor)).size, changes.length);

  for (const [place, { cursor }] of changes.entries()) {
    const returning = client(server);
    const rest = subscribe(returning, events({ after: cursor }));
    for (const expected of changes.slice(place + 1)) {
      assert.deepEqual(eventOf(await rest.take('a replayed event')), expected);
    }
    await returning.dispose();
  }
  stream.stop();
  await stream.done();
  await watching.dispose();
});

test('a stream without a cursor begins with the runs that are active', async () => {
  const watching = client(server);
  const [everything] = await schedulesOf(server);
  await once(watching, { query: '{ serverInfo { version } }' });
  const runId = await runNow(server, everything);
  const first = eventOf(await subscribe(watching, events()).take('a snapshot'));
  assert.equal(first.kind, 'SNAPSHOT');
  assert.equal(first.run.id, runId);
  assert.ok(['QUEUED', 'RUNNING'].includes(first.run.status));

  const one = subscribe(watching, events({ runId }));
  await one.takeUntil(hasEnded(runId), 'the end of the run');
  await one.done();
  await watching.dispose();
});

test('a stream of one run completes, also when the run has ended before', async () => {
  const watching = client(server);
  const id = await schedule(server, 'Over');
  const runId = await runNow(server, id);
  await landed(server, runId);
  await subscribe(watching, events({ runId })).done();
  await watching.dispose();
});

test('a bad token closes with 4403, which the client tries again with fresh parameters', async () => {
  const tokens = ['ta_nonsense', server.token('READONLY')];
  const closes = [];
  const returning = client(server, {
    retryAttempts: 1,
    retryWait: async () => {},
    shouldRetry: () => true,
    connectionParams: () => ({ authorization: `Bearer ${tokens.shift()}` }),
    on: { closed: ({ code }) => closes.push(code) },
  });
  const { data } = await once(returning, { query: '{ viewer { apiToken { role } } }' });
  assert.equal(data.viewer.apiToken.role, 'READONLY');
  assert.equal(closes[0], 4403);
  await returning.dispose();
});

test('the server stops with 1001; the client comes back by itself and misses nothing', async () => {
  const closes = [];
  const watching = client(server, {
    retryAttempts: 200,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
    shouldRetry: () => true,
    on: { closed: ({ code }) => closes.push(code) },
  });
  const id = await schedule(server, 'Across a restart');
  const first = await runNow(server, id);
  // The client sends the same payload again when it is back: its cursor is moved with each event.
  const payload = events();
  const stream = subscribe(watching, payload);
  const follow = async (runId) => {
    const isLast = hasEnded(runId);
    return stream.takeUntil((result) => {
      payload.variables.after = eventOf(result).cursor;
      return isLast(result);
    }, 'the events of a run');
  };
  await follow(first);

  await server.restart();
  const second = await runNow(server, id);
  const seen = await follow(second);
  assert.deepEqual(story(seen, second), WHOLE_STORY);
  assert.deepEqual(story(seen, first), [], 'nothing is told twice');
  assert.equal(closes[0], 1001);
  await watching.dispose();
});

async function schedulesOf(of) {
  const query = `query ($id: ID!) {
    tenant(id: $id) {
      backupSchedules(first: 1, orderBy: { field: CREATED_AT }) { nodes { id } }
    }
  }`;
  const { tenant } = await of.ask(query, { id: of.tenant.id });
  return tenant.backupSchedules.nodes.map((node) => node.id);
}
