import { expect, test } from 'vitest';
import { clockChange, slotText, timeThere } from './slots';

test('a time of day that is left out is later by the gap', () => {
  expect(timeThere('2027-03-28T01:30:00.000Z', 'Europe/Berlin')).toBe('03:30');
  expect(clockChange('2027-03-28T01:30:00.000Z', '02:30', 'Europe/Berlin')).toBe('shifted');
});

test('a time of day that comes twice is the first of the two', () => {
  expect(clockChange('2026-10-25T00:30:00.000Z', '02:30', 'Europe/Berlin')).toBe('repeated');
  // Lord Howe turns its clocks by half an hour.
  expect(clockChange('2027-04-03T14:45:00.000Z', '01:45', 'Australia/Lord_Howe')).toBe('repeated');
});

test('a day on which the clocks change at another time is marked', () => {
  expect(clockChange('2026-10-25T11:00:00.000Z', '12:00', 'Europe/Berlin')).toBe('changed');
  expect(clockChange('2026-10-24T22:30:00.000Z', '00:30', 'Europe/Berlin')).toBe('changed');
  expect(clockChange('2027-03-28T10:00:00.000Z', '12:00', 'Europe/Berlin')).toBe('changed');
});

test('other days are not', () => {
  for (const instant of ['2026-10-24T10:00:00.000Z', '2026-10-26T11:00:00.000Z', '2026-11-26T11:00:00.000Z']) {
    expect(clockChange(instant, '12:00', 'Europe/Berlin')).toBeNull();
  }
  expect(clockChange('2026-11-26T02:30:00.000Z', '02:30', 'UTC')).toBeNull();
});

test('a slot is told with its day of the week', () => {
  expect(slotText('en-GB', '2026-11-27T01:30:00.000Z', 'Europe/Berlin')).toBe('Fri 27 Nov, 02:30');
});
