// The linters of schemas and operations have no findings, and no release is broken unsaid.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { ESLint } from 'eslint';
import { buildSchema } from 'graphql';
import { HERE, ROOT, SCHEMA_FILE } from './support/server.js';

const PATIENCE = 120_000;
const OPERATIONS = path.join(HERE, 'operations/*.graphql');

/** Runs a program of a package, and gives what it prints when it finds something. */
function findings(program, ...args) {
  const file = path.join(HERE, 'node_modules/.bin', program);
  const options = { cwd: HERE, encoding: 'utf8', timeout: PATIENCE };
  const { status, stdout, stderr, error } = spawnSync(file, args, options);
  if (error) throw error;
  return status === 0 ? '' : `${stdout}${stderr}`;
}

test('graphql-eslint: recommended and Relay', { timeout: PATIENCE }, async () => {
  const overrideConfigFile = path.join(HERE, 'eslint.config.js');
  const eslint = new ESLint({ cwd: ROOT, overrideConfigFile, ignore: false });
  const results = await eslint.lintFiles([SCHEMA_FILE, OPERATIONS]);
  assert.ok(results.length > 1);
  const lines = results.flatMap(({ filePath, messages }) =>
    messages.map(({ line, ruleId, message }) => `${filePath}:${line} ${ruleId}: ${message}`),
  );
  assert.deepEqual(lines, []);
});

test('graphql-schema-linter', { timeout: PATIENCE }, () => {
  const folder = path.join(HERE, 'node_modules/graphql-schema-linter/lib/rules');
  const all = readdirSync(folder).map((name) => path.basename(name, '.js').replaceAll('_', '-'));
  // Fields stand in the order of their meaning.
  const rules = all.filter((rule) => !rule.endsWith('-sorted-alphabetically'));
  assert.equal(all.length - rules.length, 4);
  const found = findings('graphql-schema-linter', '--rules', rules.join(','), SCHEMA_FILE);
  assert.equal(found, '');
});

test('graphql-inspector: the operations are valid and use nothing deprecated', () => {
  const found = findings('graphql-inspector', 'validate', OPERATIONS, SCHEMA_FILE, '--deprecated');
  assert.equal(found, '');
});

/** Breaking changes that a text does not name. */
async function unsaid(released, now, changelog) {
  const changes = await diff(buildSchema(released), buildSchema(now));
  return changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    .filter((change) => !changelog.includes(`\`${change.path}\``))
    .map(({ message }) => message);
}

function git(...args) {
  const { status, stdout, stderr, error } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  if (error) throw error;
  return { status, stdout, stderr };
}

test('graphql-inspector: nothing of the newest release is broken without a word', async (t) => {
  const now = readFileSync(SCHEMA_FILE, 'utf8');
  const changelog = readFileSync(path.join(ROOT, 'CHANGELOG.md'), 'utf8');
  const tags = git('tag', '--list', 'v*', '--sort=-version:refname');
  assert.equal(tags.status, 0, tags.stderr);
  const [newest] = tags.stdout.split('\n').filter(Boolean);
  if (newest === undefined) {
    t.diagnostic('there is no release yet (no tag v*), so there is nothing to compare with');
    return;
  }
  const released = git('show', `${newest}:schema.graphql`);
  assert.equal(released.status, 0, released.stderr);
  assert.deepEqual(await unsaid(released.stdout, now, changelog), [], `compared with ${newest}`);
});

test('a change that breaks clients would be found', async () => {
  const now = readFileSync(SCHEMA_FILE, 'utf8');
  const bent = now.replace('  schemaHash: String!\n', '  schemaHash: Int!\n');
  assert.notEqual(bent, now);
  assert.equal((await unsaid(now, bent, '')).length, 1);
  assert.deepEqual(await unsaid(now, bent, 'changed: `ServerInfo.schemaHash`'), []);
});
