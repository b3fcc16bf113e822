import { expect, test } from 'vitest';
import { stillThere } from './stillThere';

test('a set that was purged is chosen no longer', () => {
  expect(stillThere(['a', 'b'], { one: null, other: { id: 'b' } })).toEqual(['b']);
  expect(stillThere(['a', 'b'], { one: { id: 'a' }, other: null })).toEqual(['a']);
  expect(stillThere(['a'], { one: null, other: null })).toEqual([]);
  expect(stillThere(['a', 'b'], { one: { id: 'a' }, other: { id: 'b' } })).toEqual(['a', 'b']);
});

test('until there is an answer they are taken to be there', () => {
  expect(stillThere(['a', 'b'], undefined)).toEqual(['a', 'b']);
  expect(stillThere(['a', 'b'], null)).toEqual(['a', 'b']);
});
