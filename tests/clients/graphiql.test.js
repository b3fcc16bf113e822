// GraphiQL in a real browser: it loads from the server alone, reads the schema with a token, and shows
// a query, a subscription and what a wrong token comes to.
//
// CHROMIUM names the browser; Debian's package puts it where it is looked for otherwise.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { quiet, runNow, schedule } from './support/backups.js';
import { start } from './support/server.js';

const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';
const EVENTS = (tenantId) => `subscription {
  backupRunEvents(tenantId: "${tenantId}", includeProgress: false) { kind run { status } }
}`;

let server;
let browser;
let page;
const asked = [];
const complaints = [];

before(async () => {
  server = await start();
  await quiet(server);
  browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
  page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  page.on('request', (request) => asked.push(request.url()));
  page.on('websocket', (socket) => asked.push(socket.url()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Puts a document into the editor and runs it. */
async function run(document) {
  await page.evaluate((text) => {
    const editor = globalThis.document.querySelector('.graphiql-query-editor .CodeMirror');
    editor.CodeMirror.setValue(text);
  }, document);
  // It reads what is written a moment later, and would take a subscription for a query before.
  await page.waitForFunction((text) => {
    const editor = globalThis.document.querySelector('.graphiql-query-editor .CodeMirror');
    return editor.CodeMirror.documentAST?.loc?.source.body === text;
  }, document);
  await page.click('.graphiql-execute-button');
}

/** Waits until the result holds all of these words. */
async function shows(...words) {
  await page.waitForFunction((wanted) => {
    const result = globalThis.document.querySelector('.result-window .CodeMirror');
    const text = result?.CodeMirror.getValue() ?? '';
    return wanted.every((word) => text.includes(word));
  }, words);
}

async function sign(token) {
  await page.fill('#token', token);
  await page.click('#credential button');
}

async function keep(name) {
  const { SCREENSHOTS } = process.env;
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
}

test('whoever has no token is told so', async () => {
  await page.goto(`${server.origin}/graphiql`);
  await page.waitForSelector('.graphiql-execute-button');
  await run('{ serverInfo { version } }');
  await shows('UNAUTHENTICATED');
  assert.ok(complaints.every((complaint) => complaint.includes('401')), complaints.join('\n'));
  complaints.length = 0;
});

test('a token opens the schema and answers queries', async () => {
  await sign(server.token());
  await page.click('[aria-label="Show Documentation Explorer"]');
  await page.waitForSelector('.graphiql-doc-explorer-content >> text=Mutation');
  await run('{ viewer { apiToken { role } } }');
  await shows('"MANAGER"', '"requestedPoints"');
  await keep('query');
});

test('a subscription is live', async () => {
  const id = await schedule(server, 'Seen in GraphiQL');
  await run(EVENTS(server.tenant.id));
  await page.waitForSelector('.graphiql-execute-button[aria-label^="Stop"]');
  await runNow(server, id);
  await shows('backupRunEvents', 'SUCCEEDED');
  await keep('subscription');
  await page.click('.graphiql-execute-button');
});

test('the token is kept for a reload, in this tab only', async () => {
  await page.reload();
  await page.waitForSelector('.graphiql-execute-button');
  assert.equal(await page.inputValue('#token'), server.token());
  const kept = await page.evaluate(() => JSON.stringify({ ...globalThis.localStorage }));
  assert.ok(!kept.includes(server.token()), 'the token outlives the tab');
});

test('nobody else was asked for anything, and nothing was refused to the page', () => {
  const hosts = new Set(asked.filter((url) => !url.startsWith('data:')).map((url) => new URL(url).host));
  assert.deepEqual([...hosts], [new URL(server.origin).host]);
  assert.ok(asked.some((url) => url.startsWith('ws:')), 'no socket was opened');
  assert.deepEqual(complaints, []);
});
