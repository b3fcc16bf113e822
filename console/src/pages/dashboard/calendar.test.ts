import { expect, test } from 'vitest';
import { moved, outcomeOf, weeksOf, type Day } from './calendar';

const day = (date: string, counts: Partial<Day> = {}): Day => ({
  date,
  succeeded: 0,
  partial: 0,
  failed: 0,
  notRun: 0,
  ...counts,
});

test('weeks begin on Monday and are whole', () => {
  // 27 November 2026 is a Friday.
  const days = ['2026-11-27', '2026-11-28', '2026-11-29', '2026-11-30', '2026-12-01'].map((date) => day(date));
  const [first, second, ...others] = weeksOf(days);
  expect(others).toEqual([]);
  expect(first?.days.map((one) => one?.date ?? null)).toEqual([null, null, null, null, '2026-11-27', '2026-11-28', '2026-11-29']);
  expect(second?.days.map((one) => one?.date ?? null)).toEqual(['2026-11-30', '2026-12-01', null, null, null, null, null]);
  expect([first?.monthOf, second?.monthOf]).toEqual(['2026-11-27', '2026-12-01']);
});

test('a calendar without days has no weeks', () => {
  expect(weeksOf([])).toEqual([]);
});

test('a day is remembered for the worst of it', () => {
  expect(outcomeOf(day('2026-11-27', { succeeded: 9, failed: 1 }))).toBe('failed');
  expect(outcomeOf(day('2026-11-27', { succeeded: 9, notRun: 1 }))).toBe('notRun');
  expect(outcomeOf(day('2026-11-27', { succeeded: 9 }))).toBe('succeeded');
  expect(outcomeOf(day('2026-11-27'))).toBe('none');
});

test('keys lead to where a day is seen, and not beyond the calendar', () => {
  expect(moved('ArrowRight', 80, 90, true)).toBe(87);
  expect(moved('ArrowRight', 80, 90, false)).toBe(81);
  expect(moved('ArrowRight', 85, 90, true)).toBeNull();
  expect(moved('ArrowUp', 0, 90, true)).toBeNull();
  expect(moved('Home', 80, 90, true)).toBe(0);
  expect(moved('End', 80, 90, false)).toBe(89);
  expect(moved('a', 80, 90, true)).toBeNull();
});
