// Schemathesis against the server, with IDs of things that exist: as an automation that may do what
// automations may, and as a person who owns the tenant.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { landed, quiet, runNow, schedule } from './support/backups.js';
import { signIn } from './support/people.js';
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
    auditLog(first: 3) { nodes { id } }
    apiTokens { nodes { id } }
    members { nodes { id user { id } } }
  }
  viewer { user { id } notifications(first: 5) { nodes { id } } }
}`;

/** IDs of what there is, but for the membership by which the caller is here at all. */
async function known(server, token) {
  const { id } = server.tenant;
  const { tenant, viewer } = await server.ask(IDS, { id }, { token });
  const others = tenant.members.nodes.filter(({ user }) => user.id !== viewer.user?.id);
  const told = JSON.stringify([{ ...tenant, members: others }, viewer]);
  const found = [...told.matchAll(/"id":"(\w+)"/g)].map(([, one]) => one);
  return [id, ...found, server.tenants.Fabrikam.id];
}

/** Sends what Schemathesis makes up, and gives how each field was answered. */
async function fuzz(server, token, t) {
  const ids = await known(server, token);
  const fuzzing = spawn(path.join(HERE, '.venv/bin/python'), ['fuzz.py'], {
    cwd: HERE,
    env: {
      PATH: process.env.PATH,
      TENANTATLAS_URL: server.url,
      TENANTATLAS_TOKEN: token,
      TENANTATLAS_SCHEMA: SCHEMA_FILE,
      TENANTATLAS_IDS: JSON.stringify(ids),
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
  const all = {};
  for (const [answer, count] of Object.values(answers).flatMap(Object.entries)) {
    all[answer] = (all[answer] ?? 0) + count;
  }
  t.diagnostic(`${operations} operations: ${JSON.stringify(all)}`);
  assert.deepEqual(failed, [], said.stderr);
  assert.ok(operations > 0);
  const count = Object.values(all).reduce((sum, some) => sum + some, 0);
  assert.ok((all.data * 100) / count >= WITH_DATA, JSON.stringify(all));
  assert.doesNotMatch(server.said, /panicked/);
  // The caller is still let in, and still a member.
  await known(server, token);
  return answers;
}

for (const [who, sign] of [
  ['an automation', (server) => server.token()],
  ['a person', (server) => signIn(server, 'olivia')],
]) {
  describe(who, () => {
    let server;
    before(async () => {
      server = await start({ config: CONFIG });
      await quiet(server);
    });
    after(() => server?.stop());

    test('finds no error that was not foreseen', { timeout: PATIENCE }, async (t) => {
      const token = await sign(server);
      for (const name of ['Eins', 'Zwei', 'Drei']) {
        const id = await schedule(server, name, undefined, { token });
        await landed(server, await runNow(server, id, { token }));
      }
      const answers = await fuzz(server, token, t);
      if (who !== 'a person') return;
      // What only people may do has been done as well, not only refused.
      const barred = Object.keys(answers).filter((label) => !answers[label].data);
      assert.deepEqual(barred, [], JSON.stringify(answers));
    });
  });
}
