// The folder `operations` holds what a front end would ask: one operation at least for every field
// at the roots of the schema. They are valid, the running server carries them out within its limits,
// and typed code is generated from them and from what the server says of its schema.
//
// `UPDATE_OPERATIONS=1 npm test` writes an operation for each field that has none yet.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { generate } from '@graphql-codegen/cli';
import {
  TypeInfo,
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  parse,
  typeFromAST,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { HERE, SCHEMA_FILE, start } from './support/server.js';
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

let server;
before(async () => (server = await start()));
after(() => server?.stop());

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

const SCALAR_VALUES = {
  Boolean: true,
  Float: 1,
  Int: 1,
  LocalTime: '03:00',
  TimeZone: 'UTC',
  UUID: '00000000-0000-4000-8000-000000000000',
};

/** A value that fits a type, as far as the schema tells. */
function example(type) {
  if (isNonNullType(type)) return example(type.ofType);
  if (isListType(type)) return [example(type.ofType)];
  const named = getNamedType(type);
  if (isEnumType(named)) return named.getValues()[0].name;
  if (named.name === 'ID') return server.tenant.id;
  if (!isInputObjectType(named)) return SCALAR_VALUES[named.name] ?? 'an example';
  const fields = Object.values(named.getFields());
  // Where one of several has to be chosen, none is required by itself.
  const wanted = named.isOneOf ? fields.slice(0, 1) : fields.filter(isRequiredInputField);
  return Object.fromEntries(wanted.map((field) => [field.name, example(field.type)]));
}

for (const { name, text } of documents()) {
  const [operation] = parse(text).definitions;
  if (operation.operation === 'subscription') continue;
  test(`${name} is carried out within the limits`, async () => {
    const required = operation.variableDefinitions.filter(({ type }) => type.kind === 'NonNullType');
    const values = required.map(({ variable, type }) => [
      variable.name.value,
      example(typeFromAST(schema, type)),
    ]);
    const body = JSON.stringify({ query: text, variables: Object.fromEntries(values) });
    const answer = await server.send(body);
    // An example may name nothing that there is, but the server has looked for it.
    assert.equal(answer.status, 200, answer.text);
    for (const { extensions } of answer.json.errors ?? []) {
      assert.match(extensions.code, /^(NOT_FOUND|INVALID_ID|FORBIDDEN|BAD_USER_INPUT)$/, answer.text);
    }
  });
}

test('typed code is generated and compiles', { timeout: PATIENCE }, async () => {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT);
  const config = { strictScalars: true, scalars: SCALARS };
  const plugins = ['typescript-operations', 'typed-document-node'];
  await generate(
    {
      schema: [{ [server.url]: { headers: { authorization: `Bearer ${server.token()}` } } }],
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
