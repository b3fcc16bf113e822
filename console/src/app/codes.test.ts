/** What the server tells by a code has words in both languages. */

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSchema, isEnumType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { ACTIONS, OUTCOMES } from '../pages/audit/actions';
import { KINDS, SEVERITIES } from '../pages/notifications/kinds';
import { CONNECTIONS } from '../pages/overview/view';
import { knownAdvice } from '../ui/advice';
import { DIFF_KINDS } from '../words/changes';
import { CLOUDS } from '../words/clouds';
import { ROLES } from '../words/roles';
import { RUN_ERRORS, RUN_STATUSES, RUN_TRIGGERS } from '../words/runs';
import { KNOWN } from '../words/useComplaint';
import de from '../i18n/de';
import told from '../i18n/de/told.json';
import en from '../i18n/en';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const SCHEMA = buildSchema(readFileSync(path.join(ROOT, 'schema.graphql'), 'utf8'));

function valuesOf(name: string): string[] {
  const type = SCHEMA.getType(name);
  if (!isEnumType(type)) {
    throw new Error(`the schema has no enum ${name}`);
  }
  return type.getValues().map((value) => value.name);
}

describe.each([
  ['ApiTokenStatus', (texts: typeof en) => texts.tokens.status],
  ['AuditAction', (texts: typeof en) => texts.audit.action],
  ['AuditOutcome', (texts: typeof en) => texts.audit.outcome],
  ['BackupKindStatus', (texts: typeof en) => texts.words.kindStatus],
  ['BackupRunErrorCode', (texts: typeof en) => texts.words.runError],
  ['BackupRunPhase', (texts: typeof en) => texts.words.phase],
  ['BackupRunStatus', (texts: typeof en) => texts.words.runStatus],
  ['BackupRunTrigger', (texts: typeof en) => texts.words.trigger],
  ['DiffKind', (texts: typeof en) => texts.words.diffKind],
  ['MicrosoftCloud', (texts: typeof en) => texts.words.cloud],
  ['NotificationKind', (texts: typeof en) => texts.notifications.kind],
  ['NotificationSeverity', (texts: typeof en) => texts.notifications.severity],
  ['TenantConnectionStatus', (texts: typeof en) => texts.words.connection],
  ['TenantRole', (texts: typeof en) => texts.words.role],
])('%s', (name, words) => {
  test.each([
    ['English', en],
    ['German', de],
  ])('%s', (_, texts) => {
    expect(Object.keys(words(texts))).toEqual(expect.arrayContaining(valuesOf(name)));
  });
});

test.each([
  ['AuditAction', ACTIONS],
  ['AuditOutcome', OUTCOMES],
  ['BackupRunErrorCode', RUN_ERRORS],
  ['BackupRunStatus', RUN_STATUSES],
  ['BackupRunTrigger', RUN_TRIGGERS],
  ['DiffKind', DIFF_KINDS],
  ['MicrosoftCloud', CLOUDS],
  ['NotificationKind', KINDS],
  ['NotificationSeverity', SEVERITIES],
  ['TenantConnectionStatus', CONNECTIONS],
  ['TenantRole', ROLES],
])('every %s can be filtered by', (name, offered) => {
  expect([...offered].sort()).toEqual(valuesOf(name).sort());
});

test('what the server tells in English has German words', () => {
  expect(Object.keys(told.kind).sort()).toEqual(valuesOf('PolicyType').sort());
  expect(Object.keys(told.notification).sort()).toEqual(valuesOf('NotificationKind').sort());
  expect([...Object.keys(told.complaint), ...KNOWN].sort()).toEqual(valuesOf('UserErrorCode').sort());
});

/** Texts of the server's sources that stand between quotation marks after a name. */
function wordsIn(file: string, begins: string): string[] {
  const source = readFileSync(path.join(ROOT, file), 'utf8');
  const block = source.slice(source.indexOf(begins));
  const end = block.indexOf('}');
  return [...block.slice(0, end).matchAll(/^\s*\w+ "([^"]+)"/gm)].map(([, word]) => word ?? '');
}

test('why a kind cannot be read at all is told in German, of these kinds and no others', () => {
  const folder = path.join(ROOT, 'src/graph/catalog');
  const entries = readdirSync(folder).flatMap((file) => readFileSync(path.join(folder, file), 'utf8').split(': Entry = Entry {').slice(1));
  const names = entries
    .filter((entry) => /^\s*unavailable: Some\(/m.test(entry))
    .map((entry) => /kind: PolicyKind::(\w+)/.exec(entry)?.[1]);
  const kinds = readFileSync(path.join(ROOT, 'src/domain/kind.rs'), 'utf8');
  const codes = names.map((name) => new RegExp(`^\\s*${name ?? ''} "(\\w+)"`, 'm').exec(kinds)?.[1]);
  expect(codes).toContain('TERMS_OF_USE');
  expect(Object.keys(told.unavailable).sort()).toEqual(codes.sort());
});

test('parts of the service have German names', () => {
  const components = wordsIn('src/domain/actor.rs', 'Component {');
  expect(components).toContain('Scheduler');
  expect(Object.keys(told.component).sort()).toEqual(components.sort());
});

test('every code of a request that fails has advice', () => {
  const codes = wordsIn('src/api/codes.rs', 'Code {');
  expect(codes).toContain('INTERNAL');
  expect(codes.filter((code) => knownAdvice(code) === null)).toEqual([]);
});
