import { expect, test } from 'vitest';
import { change, isSame, join, type Draft } from './draft';

const BASE: Draft = {
  name: 'Nightly',
  recurrence: { frequency: 'WEEKLY', weekdays: ['MONDAY'], timeOfDay: '02:30', timeZone: 'Europe/Berlin', spreadMinutes: 0 },
  policyTypes: ['SCOPE_TAG'],
  includeAssignments: true,
  includeScopeTags: true,
  keepLast: 30,
  enabled: true,
};

test('what was typed stays, and what only others have changed comes in', () => {
  const mine = { ...BASE, name: 'Mine', keepLast: 10 };
  const saved = { ...BASE, name: 'Theirs', enabled: false };
  expect(join(BASE, mine, saved)).toEqual({
    draft: { ...BASE, name: 'Mine', keepLast: 10, enabled: false },
    theirs: ['name', 'enabled'],
    clashes: ['name'],
  });
});

test('the same change by both is no clash', () => {
  const both = { ...BASE, recurrence: { ...BASE.recurrence, timeOfDay: '03:00' } };
  expect(join(BASE, both, both)).toEqual({ draft: both, theirs: ['recurrence'], clashes: [] });
});

test('a draft that was changed back is as before', () => {
  expect(isSame(BASE, { ...BASE, recurrence: { ...BASE.recurrence } })).toBe(true);
  expect(isSame(BASE, { ...BASE, policyTypes: [] })).toBe(false);
});

test('a daily schedule is sent without the days that were chosen before', () => {
  const daily = { ...BASE, name: ' Nightly ', recurrence: { ...BASE.recurrence, frequency: 'DAILY' as const } };
  expect(change('sch_1', daily, 4)).toMatchObject({
    expectedRevision: 4,
    name: 'Nightly',
    recurrence: { frequency: 'DAILY', weekdays: [] },
  });
});
