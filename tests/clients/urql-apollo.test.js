// The two clients that front ends use most: pages, a normalised cache, mutations with user errors,
// codes of errors, subscriptions.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  ApolloClient,
  CombinedGraphQLErrors,
  HttpLink,
  InMemoryCache,
  ServerError,
  split,
} from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { getMainDefinition } from '@apollo/client/utilities';
import { Client, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { parse } from 'graphql';
import { plan, quiet, schedule } from './support/backups.js';
import { HERE, start } from './support/server.js';
import { Mailbox, client as socketClient } from './support/sockets.js';

const operation = (name) =>
  parse(readFileSync(path.join(HERE, 'operations', `${name}.graphql`), 'utf8'));
const SCHEDULES = operation('schedules');
const CREATE = operation('createBackupSchedule');
const UPDATE = operation('updateBackupSchedule');
const RUN_NOW = operation('runBackupScheduleNow');
const EVENTS = operation('backupRunEvents');
const TENANT = operation('tenant');
const SCHEDULE = operation('backupSchedule');

const NAMES = ['Eins', 'Zwei', 'Drei', 'Vier', 'Fünf'];

let server;
let ids;
before(async () => {
  server = await start();
  await quiet(server);
  ids = [];
  for (const name of NAMES) ids.push(await schedule(server, name));
});
after(() => server?.stop());

const authorization = (token = server.token()) => ({ authorization: `Bearer ${token}` });

function apollo(token) {
  const sockets = socketClient(server, { connectionParams: authorization(token) });
  const isLive = ({ query }) => getMainDefinition(query).operation === 'subscription';
  const http = new HttpLink({ uri: server.url, headers: authorization(token) });
  const paged = { keyArgs: ['filter', 'orderBy'], merge: joined };
  const client = new ApolloClient({
    link: split(isLive, new GraphQLWsLink(sockets), http),
    cache: new InMemoryCache({ typePolicies: { Tenant: { fields: { backupSchedules: paged } } } }),
  });
  const end = async () => {
    client.stop();
    await sockets.dispose();
  };
  return { client, end };
}

/** Pages put together, as the documentation of Apollo does it for Relay's connections. */
function joined(known, incoming, { args }) {
  if (known === undefined || !args?.after) return incoming;
  return { ...incoming, nodes: [...known.nodes, ...incoming.nodes] };
}

function urql(token) {
  const sockets = socketClient(server, { connectionParams: authorization(token) });
  const forwardSubscription = ({ query, variables }) => ({
    subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ query, variables }, sink) }),
  });
  const client = new Client({
    url: server.url,
    fetchOptions: { headers: authorization(token) },
    preferGetMethod: false,
    exchanges: [cacheExchange, fetchExchange, subscriptionExchange({ forwardSubscription })],
  });
  return { client, end: () => sockets.dispose() };
}

test('Apollo: pages are fetched one after the other and put together in the cache', async () => {
  const { client, end } = apollo();
  const variables = { tenantId: server.tenant.id, first: 2 };
  const pages = client.watchQuery({ query: SCHEDULES, variables });
  const shown = new Mailbox();
  const watching = pages.subscribe({ next: (result) => shown.put(result) });
  const longerThan = async (known) => {
    const isLonger = ({ data }) => (data?.tenant?.backupSchedules.nodes.length ?? 0) > known;
    return (await shown.takeUntil(isLonger, 'a page')).at(-1).data.tenant.backupSchedules;
  };
  let list = await longerThan(0);
  const { totalCount } = list;
  assert.ok(totalCount > NAMES.length);
  while (list.pageInfo.hasNextPage) {
    await pages.fetchMore({ variables: { after: list.pageInfo.endCursor } });
    list = await longerThan(list.nodes.length);
  }
  const { nodes } = list;
  assert.equal(nodes.length, totalCount);
  assert.equal(new Set(nodes.map(({ id }) => id)).size, totalCount);
  watching.unsubscribe();
  await end();
});

test('Apollo: what a mutation answers is in every query that shows the object', async () => {
  const { client, end } = apollo();
  const [id] = ids;
  const before = await client.query({ query: SCHEDULE, variables: { id } });
  const { revision } = before.data.backupSchedule;
  const input = { scheduleId: id, name: 'Umbenannt', expectedRevision: revision };
  const { data } = await client.mutate({ mutation: UPDATE, variables: { input } });
  assert.deepEqual(data.updateBackupSchedule.userErrors, []);
  const options = { query: SCHEDULE, variables: { id }, fetchPolicy: 'cache-only' };
  const cached = await client.query(options);
  assert.equal(cached.data.backupSchedule.name, 'Umbenannt');
  assert.equal(cached.data.backupSchedule.revision, revision + 1);
  const stale = await client.mutate({ mutation: UPDATE, variables: { input } });
  assert.equal(stale.data.updateBackupSchedule.schedule, null);
  assert.equal(stale.data.updateBackupSchedule.userErrors[0].code, 'STALE_REVISION');
  await end();
});

test('Apollo: errors have codes, and data beside them stays', async () => {
  const { client, end } = apollo();
  const asked = { query: TENANT, variables: { id: server.tenants.Fabrikam.id } };
  await assert.rejects(client.query(asked), (error) => {
    assert.ok(CombinedGraphQLErrors.is(error), `${error}`);
    assert.equal(error.errors[0].extensions.code, 'NOT_FOUND');
    return true;
  });
  const kept = await client.query({ ...asked, errorPolicy: 'all', fetchPolicy: 'network-only' });
  assert.equal(kept.data.tenant, null);
  assert.equal(kept.error.errors[0].extensions.code, 'NOT_FOUND');
  const reading = apollo(server.token('READONLY'));
  const input = plan(server.tenant.id, 'Not allowed');
  await assert.rejects(reading.client.mutate({ mutation: CREATE, variables: { input } }), (error) => {
    assert.equal(error.errors[0].extensions.code, 'FORBIDDEN');
    return true;
  });
  const stranger = apollo('ta_nonsense');
  await assert.rejects(stranger.client.query(asked), (error) => {
    assert.ok(ServerError.is(error) || CombinedGraphQLErrors.is(error), `${error}`);
    assert.match(JSON.stringify(error.errors ?? error.bodyText), /UNAUTHENTICATED/);
    return true;
  });
  for (const one of [reading, stranger]) await one.end();
  await end();
});

test('Apollo: a subscription follows a run that a mutation starts', async () => {
  const { client, end } = apollo();
  const variables = { tenantId: server.tenant.id, scheduleId: ids[1], includeProgress: false };
  const mailbox = new Mailbox();
  const live = client.subscribe({ query: EVENTS, variables }).subscribe({
    next: ({ data, error }) => (error ? mailbox.fail(error) : mailbox.put(data.backupRunEvents)),
    error: (error) => mailbox.fail(error),
  });
  const input = { scheduleId: ids[1], idempotencyKey: randomUUID() };
  const { data } = await client.mutate({ mutation: RUN_NOW, variables: { input } });
  const runId = data.runBackupScheduleNow.run.id;
  const events = await mailbox.takeUntil(({ run }) => run?.status === 'SUCCEEDED', 'the end');
  assert.ok(events.every(({ run }) => run.id === runId));
  live.unsubscribe();
  await end();
});

test('urql: a page, a mutation with user errors, and the query that is asked anew after it', async () => {
  const { client, end } = urql();
  const variables = { tenantId: server.tenant.id, first: 3 };
  const seen = new Mailbox();
  const watching = client.query(SCHEDULES, variables).subscribe((result) => seen.put(result));
  const first = await seen.take('the first page');
  assert.equal(first.error, undefined);
  const { nodes, pageInfo, totalCount } = first.data.tenant.backupSchedules;
  assert.equal(nodes.length, 3);
  const next = await client.query(SCHEDULES, { ...variables, after: pageInfo.endCursor });
  const others = next.data.tenant.backupSchedules.nodes.map(({ id }) => id);
  assert.ok(nodes.every(({ id }) => !others.includes(id)));

  const input = { ...plan(server.tenant.id, ' '), policyTypes: ['SCOPE_TAG', 'SCOPE_TAG'] };
  const refused = await client.mutation(CREATE, { input });
  const faults = refused.data.createBackupSchedule.userErrors;
  assert.deepEqual(faults.map(({ code }) => code).sort(), ['BLANK', 'DUPLICATE_VALUE']);
  assert.deepEqual(faults.find(({ code }) => code === 'BLANK').path, ['input', 'name']);

  const made = await client.mutation(CREATE, { input: plan(server.tenant.id, 'Sechs') });
  assert.deepEqual(made.data.createBackupSchedule.userErrors, []);
  let latest = first;
  while (latest.data.tenant.backupSchedules.totalCount === totalCount) {
    latest = await seen.take('the page after the mutation');
  }
  assert.equal(latest.data.tenant.backupSchedules.totalCount, totalCount + 1);
  watching.unsubscribe();
  await end();
});

test('urql: errors have codes', async () => {
  const { client, end } = urql();
  const { data, error } = await client.query(TENANT, { id: 'nonsense' });
  assert.equal(data.tenant, null);
  assert.equal(error.graphQLErrors[0].extensions.code, 'INVALID_ID');
  const stranger = urql('ta_nonsense');
  const refused = await stranger.client.query(TENANT, { id: server.tenant.id });
  assert.equal(refused.error.response.status, 401);
  for (const one of [stranger, { end }]) await one.end();
});

test('urql: a subscription follows a run that a mutation starts', async () => {
  const { client, end } = urql();
  const variables = { tenantId: server.tenant.id, scheduleId: ids[2], includeProgress: false };
  const mailbox = new Mailbox();
  const live = client.subscription(EVENTS, variables).subscribe(({ data, error }) => {
    if (error) mailbox.fail(error);
    else mailbox.put(data.backupRunEvents);
  });
  const input = { scheduleId: ids[2], idempotencyKey: randomUUID() };
  const { data } = await client.mutation(RUN_NOW, { input });
  const runId = data.runBackupScheduleNow.run.id;
  const events = await mailbox.takeUntil(({ run }) => run?.status === 'SUCCEEDED', 'the end');
  assert.ok(events.every(({ run }) => run.id === runId));
  live.unsubscribe();
  await end();
});
