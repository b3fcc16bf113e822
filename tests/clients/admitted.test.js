// The worst that every limit lets through: what a request may cost is bounded by what it may ask
// for. Each of these is answered, and costs the server little time and little memory.
//
// What is measured is the process of the demonstration, which is built for debugging; the simulated
// Microsoft Graph is a part of it, but nothing asks it meanwhile.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { landed, quiet, runNow } from './support/backups.js';
import { signIn } from './support/people.js';
import { start } from './support/server.js';

const MEGABYTE = 1024 * 1024;
/** Milliseconds of CPU. */
const CPU = 1_000;
// What only walks through memory suffers most from not being optimized: here the schema that the
// server reads itself, in an answer as large as they come. The bench `hostile` holds it to a second.
const UNOPTIMIZED = 3 * CPU;
/** Bytes beyond the answer. */
const MEMORY = 50 * MEGABYTE;
// Points that a request may cost, and those that the worst of them have to cost: less, and the
// limits are not searched.
const POINTS = 10_000;
const TICK = 10;
const PATIENCE = 120_000;

const FIRST = `query ($id: ID!) {
  tenant(id: $id) {
    backupSchedules(first: 1) { nodes { id } }
    backupRuns(first: 1, filter: { statuses: [SUCCEEDED, PARTIAL] }) { nodes { id } }
  }
}`;
const IN_SET = `query ($set: ID!) {
  backupSet(id: $set) {
    run { id }
    items(first: 100) { nodes { id policy { id } } }
  }
}`;

let server;
let token;
const ids = {};
before(async () => {
  server = await start();
  await quiet(server);
  token = await signIn(server, 'olivia');
  const { id } = server.tenant;
  const { tenant } = await ask(FIRST, { id });
  const schedule = tenant.backupSchedules.nodes[0].id;
  const set = await landed(server, await runNow(server, schedule));
  const { backupSet } = await ask(IN_SET, { set });
  const items = backupSet.items.nodes.map((item) => item.id);
  const policy = backupSet.items.nodes[0].policy.id;
  Object.assign(ids, { tenant: id, schedule, set, run: backupSet.run.id, items, policy });
}, { timeout: PATIENCE });
after(() => server?.stop());

const ask = (query, variables) => server.ask(query, variables, { token });
const times = (count, make) => Array.from({ length: count }, (_, index) => make(index)).join(' ');

const PREVIEW = `recurrence: { frequency: WEEKLY, weekdays: [SUNDAY], timeOfDay: "02:30",
  timeZone: "Europe/Berlin" }`;
const RESULT = `policyType status listedPolicyCount itemCount reusedItemCount failedPolicyCount
  vanishedPolicyCount graphRequestCount errorCode errorMessage`;
const FAILURES = 'failures { policyGraphId name errorCode errorMessage }';
const ITEM = `id policyGraphId policyType subKind name payloadBytes scopeTagIds contentHash stateHash
  policyModifiedAt capturedAt references { kind graphId name } lastChange { __typename }`;
const TYPES = 'type displayName requiredPermissions hasAssignments isBeta tier';
const FIELDS = `{ types { fields { name description isDeprecated deprecationReason type {
  name kind description ofType { name kind description ofType { name kind description } } } } } }`;

const ofTenant = (part) => `query ($tenant: ID!) { tenant(id: $tenant) { ${part} } }`;
const ofSet = (part) => `query ($set: ID!) { backupSet(id: $set) { ${part} } }`;
const counted = (list, filter) => (index) =>
  `a${index}: ${list}(first: 1, filter: ${filter(index)}) { totalCount nodes { id } }`;
const searched = (index) => `{ search: "${'zq'.repeat(1 + (index % 50))}${index}" }`;
const nothing = () => '{ errorCodes: [WORKER_LOST], triggers: [RETRY] }';

/** Lists in each other, as far as the points reach. */
const nested = (sizes, lists, leaf) =>
  lists.reduceRight((inner, list, at) => `${list}(first: ${sizes[at]}) { nodes { ${inner} } }`, leaf);

const ADMITTED = [
  ['100 nodes by ID', `query ($items: [ID!]!) { nodes(ids: $items) { ... on BackupItem { ${ITEM} } } }`],
  ['20 times 100 nodes by ID', `query ($items: [ID!]!) { ${times(20, (i) => `a${i}: nodes(ids: $items) { id }`)} }`],
  ['30 previews of 50', ofTenant(times(30, (i) => `a${i}: recurrencePreview(count: 50, after: "20${10 + i}-03-01T00:00:00Z", ${PREVIEW})`))],
  ['20 times all kinds', `{ ${times(20, (i) => `a${i}: policyTypes { ${TYPES} }`)} }`],
  ['30 searches of policies, counted', ofTenant(times(30, counted('policies', searched)))],
  ['30 searches of items, counted', ofSet(times(30, counted('items', searched)))],
  ['30 filters of runs, counted', ofTenant(times(30, counted('backupRuns', nothing)))],
  ['30 searches of members, counted', ofTenant(times(30, counted('members', searched)))],
  ['30 searches of API tokens, counted', ofTenant(times(30, counted('apiTokens', searched)))],
  ['30 counts of the audit log', ofTenant(times(30, counted('auditLog', () => '{ outcomes: [DENIED] }')))],
  ['3 outcomes of a run, by name', `query ($run: ID!) { backupScheduleRun(id: $run) { ${times(3, (i) => `a${i}: policyTypeResults { policyType status errorMessage ${FAILURES} }`)} } }`],
  ['30 outcomes of 25 runs', ofTenant(`backupRuns(first: 25) { nodes { ${times(30, (i) => `a${i}: policyTypeResults { ${RESULT} }`)} } }`)],
  ['100 items, whole', ofSet(`items(first: 100) { totalCount nodes { ${ITEM} payload assignments } }`)],
  ['100 items, payloads four times', ofSet('items(first: 100) { nodes { a: payload b: payload c: payload d: payload } }')],
  ['the last 100 items by kind', ofSet(`items(last: 100, orderBy: { field: POLICY_TYPE, direction: ASC }) { totalCount nodes { ${ITEM} } }`)],
  ['100 policies, 19 items of each', ofTenant(nested([100, 19], ['policies', 'backupItems'], 'id name policyType contentHash'))],
  ['100 sets, 19 items of each', ofTenant(nested([100, 19], ['backupSets', 'items'], 'id name policyType contentHash'))],
  ['lists in lists in lists', ofTenant(nested([18, 18], ['backupSchedules', 'runs'], 'backupSet { items(first: 9) { nodes { id name } } }'))],
  ['up and down, four times', ofTenant(nested([10, 10], ['backupSchedules', 'backupSets'], 'tenant { policies(first: 6) { nodes { tenant { backupRuns(first: 6) { nodes { id } } } } } }'))],
  ['one up and down to the greatest depth', ofTenant('backupRuns(first: 100) { nodes { tenant { backupRuns(first: 1) { nodes { schedule { tenant { backupRuns(first: 1) { nodes { schedule { id } } } } } } } } } }')],
  ['set before set before set', 'query ($schedule: ID!) { backupSchedule(id: $schedule) { backupSets(first: 100) { nodes { previous { previous { previous { previous { id } } } } } } } }'],
  ['16 times the fields of all types', `{ ${times(16, (i) => `a${i}: __schema ${FIELDS}`)} }`, UNOPTIMIZED],
];

let points = 0;
for (const [what, query, most = CPU] of ADMITTED) {
  test(what, async (t) => {
    const declared = [...query.matchAll(/\$(\w+):/g)].map(([, name]) => name);
    const variables = Object.fromEntries(declared.map((name) => [name, ids[name]]));
    const cost = await measured(JSON.stringify({ query, variables }));
    points = Math.max(points, cost.points);
    const megabytes = (bytes) => `${(bytes / MEGABYTE).toFixed(1)} MB`;
    t.diagnostic(
      `${cost.points} points: ${cost.cpu} ms of CPU, ${megabytes(cost.grown)} for an answer of ${megabytes(cost.size)}`,
    );
    assert.ok(cost.cpu < most, `${cost.cpu} ms of CPU`);
    assert.ok(cost.grown < MEMORY + cost.size, `${cost.grown} bytes for ${cost.size}`);
  });
}

test('the limits were searched', () => assert.ok(points > POINTS * 0.8, `${points} points`));

/** What a request that is answered costs the process. */
async function measured(body) {
  writeFileSync(`/proc/${server.pid}/clear_refs`, '5');
  const before = { cpu: cpuTime(), memory: server.peakMemory() };
  const { status, json, text } = await server.send(body, { token });
  const cpu = cpuTime() - before.cpu;
  const grown = Math.max(server.peakMemory() - before.memory, 0);
  assert.equal(status, 200, text.slice(0, 500));
  assert.equal(json.errors, undefined, JSON.stringify(json.errors));
  return { cpu, grown, size: text.length, points: json.extensions.cost.requestedPoints };
}

/** Milliseconds of CPU that the process has used. The system counts in hundredths of a second. */
function cpuTime() {
  const stat = readFileSync(`/proc/${server.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}
