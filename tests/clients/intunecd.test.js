// The Python package IntuneCD reads an exported backup set, and compares it with the tenant that it
// was made of: it finds nothing to change, and after a change that, and nothing else.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { landed, runNow, schedule } from './support/backups.js';
import { HERE, IN_A_HURRY, startAlone, startGraph, within } from './support/server.js';

const PATIENCE = 240_000;
const POLICIES = 100;
const KINDS = '{ policyTypes { type } }';

// What the package asks the real Graph for in vain too: assignments of shell scripts below another
// kind of script, and a collection whose plural it forms by an `s`.
const ASKED_IN_VAIN =
  /deviceManagementScripts\/[^/]+\/assignments$|mdmWindowsInformationProtectionPolicys\//;

// What the package says of kinds that it compared. Of Autopilot profiles it says nothing when they are
// the same, because it adds a member to them itself.
const COMPARED = [
  'App Configuration',
  'App Protection',
  'Compliance Policy',
  'Compliance Script Policy',
  'Conditional Access',
  'Custom Attribute',
  'Device Category',
  'Device Configuration',
  'Apple Enrollment Profile',
  'Enrollment Configuration',
  'Enrollment Status Page',
  'Filter',
  'Group Policy Configuration',
  'Notification Template',
  'PowerShell Script Policy',
  'Proactive Remediation',
  'Roles',
  'Settings Catalog',
  'Shell Script Policy',
  'Windows Driver Update',
  'Windows Feature Update',
  'Windows Quality Update',
];

/** Signs in to the simulated Graph, as the package does to the real one. */
async function graphToken(graph, [directory, id, secret]) {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: 'https://graph.microsoft.com/.default',
    client_id: id,
    client_secret: secret,
  });
  const url = `${graph.origin}/${directory}/oauth2/v2.0/token`;
  const response = await fetch(url, { method: 'POST', body });
  assert.equal(response.status, 200);
  return (await response.json()).access_token;
}

/** What the package says of a folder. */
async function report(graph, token, folder) {
  const reading = spawn(path.join(HERE, '.venv/bin/python'), ['intunecd.py'], {
    cwd: HERE,
    env: {
      PATH: process.env.PATH,
      TENANTATLAS_GRAPH: graph.origin,
      TENANTATLAS_GRAPH_TOKEN: token,
      TENANTATLAS_FOLDER: folder,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) {
    reading[stream].setEncoding('utf8').on('data', (piece) => (said[stream] += piece));
  }
  const ended = new Promise((resolve, reject) => {
    reading.on('error', reject);
    reading.on('close', resolve);
  });
  try {
    assert.equal(await within(PATIENCE, 'IntuneCD', ended), 0, said.stderr);
  } finally {
    reading.kill('SIGKILL');
  }
  const told = JSON.parse(said.stdout.trim().split('\n').at(-1));
  told.refused = told.refused.filter((request) => !ASKED_IN_VAIN.test(request));
  return told;
}

/** The only file of a folder whose name begins so. */
function fileOf(folder, start) {
  const names = readdirSync(folder).filter((name) => name.startsWith(start));
  assert.equal(names.length, 1, `${start}: ${names}`);
  return path.join(folder, names[0]);
}

describe('IntuneCD', () => {
  let graph;
  let server;
  let token;
  let folder;
  let manifest;
  before(async () => {
    graph = await startGraph(POLICIES);
    const row = /^Contoso +(\S+) +(\S+) +(\S+)$/m.exec(graph.said).slice(1);
    token = await graphToken(graph, row);
    const hosts = `[graph]\nurl = "${graph.origin}"\nlogin_url = "${graph.origin}"\n`;
    const tenant = { tokens: {} };
    server = await startAlone(`${hosts}${IN_A_HURRY}`, (alone) => {
      const [directory, id, secret] = row;
      const file = path.join(alone.directory, 'secret.txt');
      writeFileSync(file, secret);
      const ids = ['--entra-tenant-id', directory, '--client-id', id];
      const add = ['tenant', 'add', '--name', 'Contoso', ...ids];
      tenant.id = alone.command(...add, '--client-secret-file', file);
      const create = ['token', 'create', '--tenant', tenant.id, '--name', 'test'];
      tenant.tokens.MANAGER = alone.command(...create, '--role', 'MANAGER');
    });
    server.tenant = tenant;
    const { policyTypes } = await server.ask(KINDS);
    const kinds = policyTypes.map(({ type }) => type);
    const set = await landed(server, await runNow(server, await schedule(server, 'All', kinds)));
    folder = path.join(server.directory, 'export');
    const to = ['--to', folder, '--format', 'intunecd'];
    server.command('export', set, ...to, '--with-secrets');
    manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
  });
  after(async () => {
    await server?.stop();
    await graph?.stop();
  });

  test('finds nothing to change', { timeout: PATIENCE }, async (t) => {
    const { count, changes, refused, feed } = await report(graph, token, folder);
    assert.deepEqual(changes, []);
    assert.equal(count, 0);
    assert.deepEqual(refused, []);
    const wrong = feed.filter((line) => /\[ERROR\]|not found, creating|not found, skipping/.test(line));
    assert.deepEqual(wrong, []);
    const same = feed.filter((line) => line.includes('No changes found for '));
    for (const kind of COMPARED) {
      const found = same.some((line) => line.includes(`No changes found for ${kind}`));
      assert.ok(found, `${kind} was not compared`);
    }
    const there = manifest.items.filter(({ files }) => files?.length > 0).length;
    t.diagnostic(`${there} of ${manifest.items.length} objects, ${same.length} comparisons`);
    assert.ok(same.length + 5 >= there, `${same.length} of ${there}`);
  });

  test('finds the one policy that was changed', { timeout: PATIENCE }, async () => {
    const file = fileOf(path.join(folder, 'Filters'), 'iOS');
    const whole = readFileSync(file, 'utf8');
    const filter = JSON.parse(whole);
    writeFileSync(file, JSON.stringify({ ...filter, description: 'Changed by hand' }));
    const { count, changes } = await report(graph, token, folder);
    writeFileSync(file, whole);
    assert.equal(count, 1);
    const [{ name, diffs }] = changes;
    assert.equal(changes.length, 1);
    assert.equal(name, filter.displayName);
    assert.equal(diffs[0].setting, 'description');
    assert.equal(diffs[0].new_val, 'Changed by hand');
  });

  test('finds the one script that was changed', { timeout: PATIENCE }, async () => {
    const script = manifest.items.find(({ kind }) => kind === 'SHELL_SCRIPT');
    const { path: below } = script.files.find(({ path: name }) => name.endsWith('.sh'));
    const file = path.join(folder, below);
    const whole = readFileSync(file, 'utf8');
    writeFileSync(file, `${whole}echo changed\n`);
    const { count, changes } = await report(graph, token, folder);
    writeFileSync(file, whole);
    assert.equal(count, 1);
    assert.deepEqual(changes.map(({ name }) => name), [script.name]);
  });

  test('finds a secret only where it was exported', () => {
    const sealed = path.join(server.directory, 'sealed');
    server.command('export', manifest.backupSet.id, '--to', sealed, '--format', 'intunecd');
    const told = JSON.parse(readFileSync(path.join(sealed, 'manifest.json'), 'utf8'));
    const left = (of) => of.notInThisLayout.reduce((sum, { items }) => sum + items, 0);
    assert.ok(left(told) >= left(manifest));
    const text = readdirSync(sealed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'manifest.json')
      .map((entry) => readFileSync(path.join(entry.parentPath ?? entry.path, entry.name), 'utf8'));
    assert.ok(text.every((content) => !content.includes('[sealed]')));
  });
});
