import { expect, test } from 'vitest';
import { changesOf } from './changes';

test('a change has two sides, and an entry without changes has none', () => {
  expect(changesOf(null)).toEqual([]);
  expect(changesOf({ role: { before: 'READONLY', after: 'OWNER' }, name: { after: 'New' } })).toEqual([
    { field: 'role', before: 'READONLY', after: 'OWNER', kept: 0 },
    { field: 'name', before: null, after: 'New', kept: 0 },
  ]);
});

test('of two lists only the difference is told', () => {
  const changes = changesOf({ policyTypes: { before: ['A', 'B', 'C'], after: ['B', 'C', 'D'] } });
  expect(changes).toEqual([{ field: 'policyTypes', before: ['A'], after: ['D'], kept: 2 }]);
});

test('what is not in the usual form is shown as it is', () => {
  expect(changesOf({ odd: 3 })).toEqual([{ field: 'odd', before: null, after: 3, kept: 0 }]);
});
