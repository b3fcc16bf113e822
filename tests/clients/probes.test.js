// Requests that mean harm, or are merely broken: each is refused with the right status and code, in
// about the time that a cheap good query takes, and none of them makes the server grow.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { getIntrospectionQuery } from 'graphql';
import { start } from './support/server.js';

const ROUNDS = 5;
// A refusal may take so many times as long as a good query does, and once more for each kilobyte
// that had to be read. Generous: what has to be found are costs that multiply, which are thousands
// of times as much.
const RATIO = 25;
const RATIO_PER_KILOBYTE = 1;
const MEGABYTE = 1024 * 1024;
const GROWTH = 50 * MEGABYTE;
const LARGEST_BODY = 128 * 1024;
const LARGEST_REFUSAL = 8 * 1024;

const GOOD = '{ serverInfo { version } }';
const MUTATION = 'mutation { deleteBackupSchedule(input: { scheduleId: "x" }) { deletedScheduleId } }';

let server;
let usual;
let memory;
before(async () => {
  server = await start();
  const times = [];
  for (let round = 0; round < 40; round += 1) {
    const began = performance.now();
    await server.ask(GOOD);
    times.push(performance.now() - began);
  }
  await server.ask(getIntrospectionQuery());
  // The first requests open connections and warm the code; the others are usual.
  usual = times.slice(20).sort((a, b) => a - b)[10];
  memory = server.peakMemory();
});
after(() => server?.stop());

const times = (count, make) => Array.from({ length: count }, (_, index) => make(index)).join(' ');
const nested = (count, open, inner, close) => open.repeat(count) + inner + close.repeat(count);
const body = (query, more = {}) => JSON.stringify({ query, ...more });

/** Each fragment spreads the next twice. */
function bomb(levels) {
  const level = (index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`;
  return `{ ...F0 } ${times(levels, level)} fragment F${levels} on Query { __typename }`;
}

/** Fragments in a ring. */
function ring(length) {
  return `{ ...F0 } ${times(length, (i) => `fragment F${i} on Query { ...F${(i + 1) % length} }`)}`;
}

const search = (text) => ({
  query: 'query ($s: String) { viewer { tenants(filter: { search: $s }) { totalCount } } }',
  variables: { s: text },
});
const first = (number) =>
  `{"query":"query ($n: Int) { viewer { tenants(first: $n) { totalCount } } }","variables":{"n":${number}}}`;

// What is sent, and the status and code of the answer. A code of null means that it is answered.
const PROBES = [
  // More than a document may have.
  ['100 aliases', body(`{ ${times(100, (i) => `a${i}: serverInfo { version }`)} }`), 400, 'QUERY_TOO_LARGE'],
  ['31 aliases further in', body(`{ viewer { ${times(31, (i) => `a${i}: __typename`)} } }`), 400, 'QUERY_TOO_LARGE'],
  ['21 fields at the root', body(`{ ${times(21, () => GOOD.slice(1, -1))} }`), 400, 'QUERY_TOO_LARGE'],
  ['11 mutations at once', body(`mutation { ${times(11, (i) => `a${i}: ${MUTATION.slice(11, -2)}`)} }`), 400, 'QUERY_TOO_LARGE'],
  ['16 levels', body(nested(16, '{ viewer ', '{ __typename }', '}')), 400, 'QUERY_TOO_DEEP'],
  ['60,000 brackets', body('{'.repeat(60_000)), 400, 'QUERY_TOO_DEEP'],
  ['40,000 brackets of a list', body(`{ node(id: ${nested(40_000, '[', '1', ']')}) { id } }`), 400, 'QUERY_TOO_DEEP'],
  ['40,000 brackets of a type', body(`query ($a: ${nested(40_000, '[', 'Int', ']')}) { __typename }`), 400, 'QUERY_TOO_DEEP'],
  ['the fragment bomb', body(bomb(22)), 400, 'QUERY_TOO_LARGE'],
  ['a larger bomb', body(bomb(150)), 400, 'QUERY_TOO_LARGE'],
  ['a fragment that spreads itself', body('{ ...F } fragment F on Query { ...F }'), 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['fragments in a ring', body(ring(150)), 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['a ring that nothing spreads', body(`${GOOD} ${ring(150).slice(10)}`), 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['200 directives at a field', body(`{ serverInfo ${'@include(if: true) '.repeat(200)} { version } }`), 400, 'QUERY_TOO_LARGE'],
  ['400 unknown directives', body(`{ serverInfo ${times(400, (i) => `@d${i}`)} { version } }`), 400, 'QUERY_TOO_LARGE'],
  ['300 unknown fields', body(`{ ${times(19, (i) => `unknown${i}`)} viewer { ${times(280, (i) => `u${i}`)} } }`), 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['pages of pages', body(`{ viewer { tenants(first: 100) { nodes { backupRuns(first: 100) { nodes { schedule { runs(first: 100) { nodes { id } } } } } } } } }`), 400, 'QUERY_TOO_COMPLEX'],
  ['lists of the schema in each other', body(`{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }`), 400, 'QUERY_TOO_DEEP'],
  ['500 operations', body(times(500, (i) => `query A${i} ${GOOD}`), { operationName: 'A7' }), 400, 'QUERY_TOO_LARGE'],
  ['100 operations, none named', body(times(100, (i) => `query A${i} ${GOOD}`)), 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['100 operations, one named', body(times(100, (i) => `query A${i} ${GOOD}`), { operationName: 'A7' }), 200, null],
  ['10,000 variables in the document', body(`query (${times(10_000, (i) => `$v${i}:Int`)}) ${GOOD}`), 400, 'QUERY_TOO_LARGE'],
  ['10,000 values that nothing declares', body(GOOD, { variables: Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`v${i}`, 1])) }), 200, null],
  // Sizes.
  ['a body that is too large', body(`${GOOD} #${'x'.repeat(200_000)}`), 413, 'PAYLOAD_TOO_LARGE'],
  ['a body of 4 MB', body(`${GOOD} #${'x'.repeat(4 * MEGABYTE)}`), 413, 'PAYLOAD_TOO_LARGE'],
  ['a comment as long as a body', body(`${GOOD} #${'x'.repeat(120_000)}`), 200, null],
  ['120,000 commas', body(`{ ${','.repeat(120_000)} serverInfo { version } }`), 200, null],
  ['a long string', body(`{ node(id: "${'x'.repeat(120_000)}") { id } }`), 200, 'INVALID_ID'],
  ['a long block string', body(`{ node(id: """${'x\n'.repeat(40_000)}""") { id } }`), 200, 'INVALID_ID'],
  ['a string without an end', body(`{ node(id: "${'x'.repeat(120_000)}`), 400, 'GRAPHQL_PARSE_FAILED'],
  ['a long name', body(`{ ${'x'.repeat(120_000)} }`), 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['a long value', JSON.stringify(search('x'.repeat(120_000))), 200, 'BAD_USER_INPUT'],
  ['a long name of an operation', body(GOOD, { operationName: 'x'.repeat(120_000) }), 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['a hundred IDs too many', body('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { variables: { ids: Array(5_000).fill('x') } }), 200, 'BAD_USER_INPUT'],
  // Broken.
  ['no query', body(undefined), 400, 'BAD_REQUEST'],
  ['nothing', '', 400, 'BAD_REQUEST'],
  ['half of it', body(GOOD).slice(0, 12), 400, 'BAD_REQUEST'],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 400, 'BAD_REQUEST'],
  ['UTF-16', Buffer.from(body(GOOD), 'utf16le'), 400, 'BAD_REQUEST'],
  ['a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(body(GOOD))]), 400, 'BAD_REQUEST'],
  ['half of a surrogate pair', '{"query":"{ node(id: \\"\\ud800\\") { id } }"}', 400, 'BAD_REQUEST'],
  ['the same key twice', `{"query":"{","query":${JSON.stringify(GOOD)}}`, 200, null],
  ['values nested 50,000 deep', `{"query":"{ __typename }","variables":{"v":${nested(50_000, '[', '', ']')}}}`, 400, 'BAD_REQUEST'],
  ['objects nested 15,000 deep', `{"query":"{ __typename }","variables":${nested(15_000, '{"a":', '1', '}')}}`, 400, 'BAD_REQUEST'],
  ['a number beyond any', first('1e999'), 400, 'BAD_REQUEST'],
  ['a number beyond 64 bits', first('99999999999999999999'), 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['a number beyond 32 bits', first('4294967296'), 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['a number of a million digits', first('9'.repeat(100_000)), 400, 'BAD_REQUEST'],
  ['a number beyond any, in the document', body('{ viewer { tenants(first: 1e999) { totalCount } } }'), 400, 'GRAPHQL_PARSE_FAILED'],
  ['a page of minus one', first('-1'), 200, 'PAGE_SIZE_OUT_OF_RANGE'],
  ['a null byte in the document', body('{ serverInfo\u0000 { version } }'), 400, 'GRAPHQL_PARSE_FAILED'],
  ['a null byte in an ID', body('query ($id: ID!) { node(id: $id) { id } }', { variables: { id: 'ten_\u0000' } }), 200, 'INVALID_ID'],
  ['a null byte to search for', JSON.stringify(search('a\u0000b')), 200, 'BAD_USER_INPUT'],
  ['a subscription', body('subscription { backupRunEvents(tenantId: "x") { cursor } }'), 400, 'GRAPHQL_VALIDATION_FAILED'],
  // Several requests in one.
  ['a list of requests', `[${body(GOOD)}]`, 400, 'BATCHING_NOT_SUPPORTED'],
  ['a list of 3,000', `[${times(3_000, () => body(GOOD)).replaceAll('} {', '},{')}]`, 400, 'BATCHING_NOT_SUPPORTED'],
  ['an empty list', '[]', 400, 'BATCHING_NOT_SUPPORTED'],
  // Names that are nearly right.
  ['a field that is nearly right', body('{ serverInf { version } }'), 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['an argument that is nearly right', body('{ node(idd: "x") { id } }'), 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['a type that is nearly right', body('{ node(id: "x") { ... on Tenan { id } } }'), 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['a value that is nearly right', body('{ viewer { tenants(orderBy: { field: NAM }) { totalCount } } }'), 400, 'GRAPHQL_VALIDATION_FAILED'],
];

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const inAddress = (query) => `?query=${encodeURIComponent(query)}`;
// The same for what is not in the body: more of the request.
const OTHERS = [
  ['a mutation by GET', { method: 'GET', address: inAddress(MUTATION) }, 405, 'METHOD_NOT_ALLOWED'],
  ['a subscription by GET', { method: 'GET', address: inAddress('subscription { backupRunEvents(tenantId: "x") { kind } }') }, 405, 'METHOD_NOT_ALLOWED'],
  ['the fragment bomb by GET', { method: 'GET', address: inAddress(bomb(22)) }, 400, 'QUERY_TOO_LARGE'],
  ['a token in the address', { method: 'GET', token: null, address: () => `${inAddress(GOOD)}&access_token=${server.token()}` }, 401, 'UNAUTHENTICATED'],
  ['a mutation by PUT', { method: 'PUT', body: body(MUTATION) }, 405, 'METHOD_NOT_ALLOWED'],
  ['a form', { body: new URLSearchParams({ query: MUTATION }).toString(), headers: form }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['plain text', { body: body(MUTATION), headers: { 'content-type': 'text/plain' } }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['a form of parts', { body: body(MUTATION), headers: { 'content-type': 'multipart/form-data; boundary=x' } }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['a document alone', { body: MUTATION, headers: { 'content-type': 'application/graphql' } }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['another character set', { body: body(GOOD), headers: { 'content-type': 'application/json; charset=latin1' } }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['an answer in another form', { body: body(GOOD), headers: { accept: 'text/html' } }, 406, 'NOT_ACCEPTABLE'],
  ['the schema, asked by a stranger', { body: body(getIntrospectionQuery()), token: null }, 401, 'UNAUTHENTICATED'],
  ['the schema, asked with a bad token', { body: body(getIntrospectionQuery()), token: 'ta_nonsense' }, 401, 'UNAUTHENTICATED'],
  ['a name, asked by a stranger', { body: body('{ __typename }'), token: null }, 401, 'UNAUTHENTICATED'],
  ['the fragment bomb of a stranger', { body: body(bomb(22)), token: null }, 401, 'UNAUTHENTICATED'],
];

for (const [what, sent, status, code] of PROBES) {
  test(what, () => probe({ body: sent }, status, code));
}
for (const [what, request, status, code] of OTHERS) {
  test(what, () => probe(request, status, code));
}

test('the server answers as before, and has not grown', async (t) => {
  await server.ask(GOOD);
  const grown = server.peakMemory() - memory;
  t.diagnostic(`a good query takes ${usual.toFixed(1)} ms; grown by ${(grown / MEGABYTE).toFixed(1)} MB`);
  assert.ok(grown < GROWTH, `${grown} bytes`);
  assert.doesNotMatch(server.said, /panicked/);
});

async function probe({ body: sent, address = '', ...request }, status, code) {
  const url = server.url + (typeof address === 'function' ? address() : address);
  const took = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = performance.now();
    const answer = await server.send(sent, { ...request, url });
    took.push(performance.now() - began);
    check(answer, status, code);
  }
  const fastest = Math.min(...took);
  const kilobytes = Math.min(Buffer.byteLength(sent ?? '') / 1024, LARGEST_BODY / 1024);
  const most = usual * (RATIO + RATIO_PER_KILOBYTE * kilobytes);
  assert.ok(fastest < most, `${fastest} ms; a good query takes ${usual} ms`);
}

function check(answer, status, code) {
  const told = `${answer.status} ${answer.text.slice(0, 500)}`;
  assert.equal(answer.status, status, told);
  assert.notEqual(answer.json, undefined, told);
  const { errors } = answer.json;
  if (code === null) {
    assert.equal(errors, undefined, told);
    return;
  }
  assert.ok(errors.length >= 1 && errors.length <= 10, told);
  assert.equal(errors[0].extensions.code, code, told);
  assert.ok(errors.every(({ extensions }) => extensions.code), told);
  assert.ok(answer.text.length <= LARGEST_REFUSAL, `an answer of ${answer.text.length} bytes`);
  assert.doesNotMatch(answer.text, /did you mean/i);
  assert.doesNotMatch(answer.text, /\b(src\/|\.rs\b|async_graphql|serde|diesel|SELECT |panicked)/);
}
