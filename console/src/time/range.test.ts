import { expect, test } from 'vitest';
import { rangeOf } from './range';

test('a range holds its first and its last day', () => {
  const range = rangeOf('2026-11-01', '2026-11-02');
  expect(new Date(range?.from ?? '').getHours()).toBe(0);
  expect(Date.parse(range?.to ?? '') - Date.parse(range?.from ?? '')).toBe(48 * 3_600_000);
});

test('one end is enough, and what is no day is no end', () => {
  expect(rangeOf('2026-11-01', null)).not.toHaveProperty('to');
  expect(rangeOf(null, '2026-11-01')).not.toHaveProperty('from');
  expect(rangeOf(null, 'tomorrow')).toBeUndefined();
  expect(rangeOf('2026-13-45', null)).toBeUndefined();
});

test('an end before the begin leaves a range that holds nothing', () => {
  const range = rangeOf('2026-11-02', '2026-11-01');
  expect(Date.parse(range?.to ?? '') - Date.parse(range?.from ?? '')).toBe(1);
});
