import { expect, test } from 'vitest';
import { listAfter, stateOf, together } from './older';

interface Set {
  id: string;
}

const sets = (...ids: string[]): Set[] => ids.map((id) => ({ id }));

/** A list in pages of two, whose places are the IDs that they come after. */
function pageOf(list: readonly Set[], after: string | null) {
  const start = after === null ? 0 : list.findIndex(({ id }) => id === after) + 1;
  const nodes = list.slice(start, start + 2);
  return { nodes, totalCount: list.length, pageInfo: { hasNextPage: start + 2 < list.length, endCursor: nodes.at(-1)?.id ?? null } };
}

const reader = (list: readonly Set[]) => (after: string | null) => Promise.resolve(pageOf(list, after));

test('older ones are listed page by page, until there are no more', async () => {
  const list = sets('e', 'd', 'c', 'b', 'a');
  const one = await listAfter(pageOf(list, null), 1, reader(list));
  expect(one).toMatchObject({ nodes: sets('c', 'b'), pageInfo: { hasNextPage: true } });
  const all = await listAfter(pageOf(list, null), 10, reader(list));
  expect(all).toMatchObject({ nodes: sets('c', 'b', 'a'), pageInfo: { hasNextPage: false } });
});

test('a new set pushes none out of the list', async () => {
  const before = sets('e', 'd', 'c', 'b', 'a');
  const older = await listAfter(pageOf(before, null), 2, reader(before));
  const now = [...sets('f'), ...before];
  const first = pageOf(now, null);
  expect(stateOf(first)).not.toBe(stateOf(pageOf(before, null)));
  // What was listed has a gap, which listing anew closes.
  expect(together(first.nodes, older?.nodes ?? [])).toEqual(sets('f', 'e', 'c', 'b'));
  const anew = await listAfter(first, older?.nodes.length ?? 0, reader(now));
  expect(together(first.nodes, anew?.nodes ?? [])).toEqual(sets('f', 'e', 'd', 'c'));
  expect(anew?.pageInfo.hasNextPage).toBe(true);
});

test('an older set that is gone is noticed', () => {
  const before = sets('e', 'd', 'c', 'b');
  expect(stateOf(pageOf(sets('e', 'd', 'b'), null))).not.toBe(stateOf(pageOf(before, null)));
});

test('each is listed once', () => {
  expect(together(sets('c', 'b'), sets('b', 'a'))).toEqual(sets('c', 'b', 'a'));
});

test('a page that does not come leaves what was listed', async () => {
  const list = sets('c', 'b', 'a');
  expect(await listAfter(pageOf(list, null), 5, () => Promise.resolve(null))).toBeNull();
});
