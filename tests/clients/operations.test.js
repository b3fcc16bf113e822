// The folder `operations` holds what a front end would ask: one operation at least for every field
// at the roots of the schema. They are valid, and typed code can be generated from them.
//
// `UPDATE_OPERATIONS=1 npm test` writes an operation for each field that has none yet.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { generate } from '@graphql-codegen/cli';
import { TypeInfo, buildSchema, parse, validate, visit, visitWithTypeInfo } from 'graphql';
import { HERE, SCHEMA_FILE } from './support/server.js';
import { skeleton } from './support/skeletons.js';

const FOLDER = path.join(HERE, 'operations');
const OUT = path.join(HERE, '.out');
const PATIENCE = 120_000;

// What the scalars are in JSON. A scalar that is not named here fails the test.
const SCALARS = {
  BigInt: 'string',
  DateTime: 'string',
  JSON: 'unknown',
  LocalDate: 'string',
  LocalTime: 'string',
  Secret: 'string',
  TimeZone: 'string',
  UUID: 'string',
};

const schema = buildSchema(readFileSync(SCHEMA_FILE, 'utf8'));
const roots = [
  ['query', schema.getQueryType()],
  ['mutation', schema.getMutationType()],
  ['subscription', schema.getSubscriptionType()],
];

function documents() {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.graphql'));
  return files.map((name) => ({ name, text: readFileSync(path.join(FOLDER, name), 'utf8') }));
}

/** The root fields that the documents select, as `Query.node`. */
function selected() {
  const found = new Set();
  const types = new TypeInfo(schema);
  const look = visitWithTypeInfo(types, {
    Field() {
      if (roots.some(([, root]) => root === types.getParentType())) {
        found.add(`${types.getParentType().name}.${types.getFieldDef()?.name}`);
      }
    },
  });
  documents().forEach(({ text }) => visit(parse(text), look));
  return found;
}

test('every field at the roots is in an operation', () => {
  const known = selected();
  const forgotten = [];
  for (const [kind, root] of roots) {
    for (const field of Object.values(root.getFields())) {
      if (known.has(`${root.name}.${field.name}`)) continue;
      const text = skeleton(kind, field);
      forgotten.push(`${root.name}.${field.name}:\n\n${text}`);
      if (process.env.UPDATE_OPERATIONS === '1') {
        writeFileSync(path.join(FOLDER, `${field.name}.graphql`), text);
      }
    }
  }
  const hint = '`UPDATE_OPERATIONS=1 npm test` writes these:';
  assert.equal(forgotten.length, 0, `${hint}\n\n${forgotten.join('\n')}`);
});

for (const { name, text } of documents()) {
  test(`${name} is valid`, () => {
    const errors = validate(schema, parse(text));
    assert.deepEqual(errors.map(String), []);
  });
}

test('typed code is generated and compiles', { timeout: PATIENCE }, async () => {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT);
  const config = { strictScalars: true, scalars: SCALARS };
  const plugins = ['typescript-operations', 'typed-document-node'];
  await generate(
    {
      schema: SCHEMA_FILE,
      documents: path.join(FOLDER, '*.graphql'),
      generates: {
        [path.join(OUT, 'schema.ts')]: { plugins: ['typescript'], config },
        [path.join(OUT, 'api.ts')]: { plugins, config },
      },
      silent: true,
    },
    true,
  );
  const compiler = path.join(HERE, 'node_modules/typescript/bin/tsc');
  const options = { cwd: HERE, encoding: 'utf8', timeout: PATIENCE };
  const { status, stdout } = spawnSync(process.execPath, [compiler, '--project', HERE], options);
  assert.equal(status, 0, stdout);
});
