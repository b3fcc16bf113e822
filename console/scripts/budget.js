/**
 * What the first load costs, and whom the console's files name. Reads what `npm run build` made; ends
 * with 1 when the script of a first page weighs more than the budget, or when a file holds an address
 * that nobody has vouched for.
 */

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const DIST = path.resolve(import.meta.dirname, '../dist');
const ASSETS = path.join(DIST, 'assets');
/** Of compressed script, in bytes. */
const BUDGET = 300_000;
/** What comes with the entry in any case: one language. */
const LANGUAGES = ['en', 'de'];
/**
 * The page that people see before they have signed in, with what a click on it loads, and the first one
 * after that.
 */
const FIRST_PAGES = [
  { route: '/sign-in', chunks: ['SignIn', 'oidc'] },
  { route: '/', chunks: ['Overview'] },
];
/** Named in messages of libraries, or as names of things; nothing is ever fetched from them. */
const VOUCHED_FOR = [
  /^http:\/\/www\.w3\.org$/,
  /^https:\/\/(bit\.ly|github\.com|react\.dev|react\.i18next\.com|reactrouter\.com|redux\.js\.org|redux-toolkit\.js\.org)$/,
  // What libraries complete relative addresses with.
  /^http:\/\/(localhost|127\.0\.0\.1)$/,
];

function fileOf(chunk) {
  const found = readdirSync(ASSETS).find((name) => name.startsWith(`${chunk}-`) && name.endsWith('.js'));
  if (found === undefined) {
    throw new Error(`there is no chunk ${chunk}: is this what \`npm run build\` made?`);
  }
  return found;
}

/** A file and everything that it imports at once. */
function withImports(file, seen = new Set()) {
  if (!seen.has(file)) {
    seen.add(file);
    const text = readFileSync(path.join(ASSETS, file), 'utf8');
    for (const [, name] of text.matchAll(/(?:\bimport|\bfrom)\s*["']\.\/([^"']+\.js)["']/g)) {
      withImports(name, seen);
    }
  }
  return seen;
}

function entries() {
  const page = readFileSync(path.join(DIST, 'index.html'), 'utf8');
  return [...page.matchAll(/<script[^>]* src="\/assets\/([^"]+)"/g)].map(([, name]) => name);
}

function weight(files) {
  let [gzip, brotli] = [0, 0];
  for (const file of files) {
    const bytes = readFileSync(path.join(ASSETS, file));
    gzip += gzipSync(bytes, { level: 9 }).length;
    brotli += brotliCompressSync(bytes).length;
  }
  return { gzip, brotli };
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

function heaviestLanguage() {
  return LANGUAGES.map(fileOf).sort((a, b) => weight([b]).gzip - weight([a]).gzip)[0];
}

function overBudget() {
  const roots = [...entries(), heaviestLanguage()];
  return FIRST_PAGES.filter(({ route, chunks }) => {
    const files = new Set();
    for (const root of [...roots, ...chunks.map(fileOf)]) {
      withImports(root, files);
    }
    const { gzip, brotli } = weight(files);
    console.log(`${route}: ${kilobytes(gzip)} by gzip, ${kilobytes(brotli)} by brotli, in ${files.size} files`);
    return gzip > BUDGET;
  });
}

function strangers() {
  const names = readdirSync(DIST, { recursive: true }).filter((name) => /\.(js|css|html|svg)$/.test(name));
  return names.flatMap((name) => {
    const text = readFileSync(path.join(DIST, name), 'utf8');
    const origins = new Set(Array.from(text.matchAll(/\b(?:https?|wss?):\/\/[\w.-]+/g), ([origin]) => origin));
    const unknown = [...origins].filter((origin) => !VOUCHED_FOR.some((known) => known.test(origin)));
    return unknown.map((origin) => `${name} names ${origin}`);
  });
}

const complaints = [
  ...overBudget().map(({ route }) => `the first load of ${route} is over ${kilobytes(BUDGET)}`),
  ...strangers(),
];
complaints.forEach((complaint) => console.error(complaint));
process.exitCode = complaints.length === 0 ? 0 : 1;
