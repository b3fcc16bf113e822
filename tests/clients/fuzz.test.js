// Schemathesis against the server, with the token of a manager and with IDs of things that exist.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { landed, quiet, runNow, schedule } from './support/backups.js';
import { HERE, IN_A_HURRY, SCHEMA_FILE, start, within } from './support/server.js';

const PATIENCE = 240_000;
// Documents that are made up are deeper and wider than the limits let through: what is behind the
// limits is what is tried here.
const CONFIG = `${IN_A_HURRY}
tokens = 100000
selections = 20000
depth = 64
complexity = 10000000
aliases = 10000
query_fields = 1000
mutation_fields = 1000
`;
// Of a hundred answers, those that have to hold data: less, and the door is tried but not the house.
const WITH_DATA = 20;

const IDS = `query ($id: ID!) {
  tenant(id: $id) {
    backupSchedules { nodes { id } }
    backupRuns(first: 3) { nodes { id } }
    backupSets(first: 3) { nodes { id items(first: 3) { nodes { id } } } }
    policies(first: 3) { nodes { id } }
  }
}`;

let server;
before(async () => {
  server = await start({ config: CONFIG });
  await quiet(server);
});
after(() => server?.stop());

test('Schemathesis finds no error that was not foreseen', { timeout: PATIENCE }, async (t) => {
  for (const name of ['Eins', 'Zwei', 'Drei']) {
    await landed(server, await runNow(server, await schedule(server, name)));
  }
  const { id } = server.tenant;
  const ids = [...JSON.stringify(await server.ask(IDS, { id })).matchAll(/"id":"(\w+)"/g)];
  const known = [id, ...ids.map(([, found]) => found), server.tenants.Fabrikam.id];
  const fuzzing = spawn(path.join(HERE, '.venv/bin/python'), ['fuzz.py'], {
    cwd: HERE,
    env: {
      PATH: process.env.PATH,
      TENANTATLAS_URL: server.url,
      TENANTATLAS_TOKEN: server.token(),
      TENANTATLAS_SCHEMA: SCHEMA_FILE,
      TENANTATLAS_IDS: JSON.stringify(known),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) {
    fuzzing[stream].setEncoding('utf8').on('data', (piece) => (said[stream] += piece));
  }
  const ended = new Promise((resolve, reject) => {
    fuzzing.on('error', reject);
    fuzzing.on('close', resolve);
  });
  try {
    const code = await within(PATIENCE, 'Schemathesis', ended);
    assert.equal(code, 0, said.stderr);
  } finally {
    fuzzing.kill('SIGKILL');
  }
  const { operations, failed, answers } = JSON.parse(said.stdout);
  t.diagnostic(`${operations} operations: ${JSON.stringify(answers)}`);
  assert.deepEqual(failed, [], said.stderr);
  assert.ok(operations > 0);
  const all = Object.values(answers).reduce((sum, count) => sum + count, 0);
  assert.ok((answers.data * 100) / all >= WITH_DATA, JSON.stringify(answers));
  assert.doesNotMatch(server.said, /panicked/);
  await server.ask('{ serverInfo { version } }');
});
