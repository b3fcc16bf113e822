import { expect, test } from 'vitest';
import { day, exactly, relatively, span, upcoming } from './formats';

test('an instant is shown in the zone asked for', () => {
  const instant = '2026-03-29T01:30:00.000Z';
  expect(exactly('en-GB', instant, 'Europe/Berlin')).toBe('29 Mar 2026, 03:30 CEST');
  expect(exactly('de', instant, 'UTC')).toBe('29. März 2026, 01:30 UTC');
});

test('how far away an instant is, is told in its largest unit', () => {
  const now = Date.parse('2026-11-26T12:00:00Z');
  expect(relatively('en', '2026-11-26T11:59:30Z', now)).toBe('30 seconds ago');
  expect(relatively('en', '2026-11-26T12:05:00Z', now)).toBe('in 5 minutes');
  expect(relatively('en', '2026-11-25T12:00:00Z', now)).toBe('yesterday');
  expect(relatively('de', '2026-11-26T09:00:00Z', now)).toBe('vor 3 Stunden');
  expect(relatively('en', '2026-08-26T12:00:00Z', now)).toBe('3 months ago');
});

test('what has just happened is never told as something to come', () => {
  const now = Date.parse('2026-11-26T12:00:00Z');
  expect(relatively('en', '2026-11-26T12:00:14Z', now)).toBe('now');
  expect(relatively('en', '2026-11-26T11:59:46Z', now)).toBe('now');
  expect(relatively('de', '2026-11-26T12:00:02Z', now)).toBe('jetzt');
  expect(relatively('en', '2026-11-26T12:00:15Z', now)).toBe('in 15 seconds');
});

test('spans have at most two units', () => {
  expect(span('en', 1234)).toBe('1.2 sec');
  expect(span('en', 59_600)).toBe('60 sec');
  expect(span('en', 3_840_000)).toBe('1 hr 4 min');
});

test('a day is that day wherever it is read', () => {
  expect(day('en-GB', '2026-11-26')).toBe('Thu, 26 Nov 2026');
});

test('what comes is told by its day and hour', () => {
  // Instants without a zone are in one's own, whichever the machine has.
  const now = new Date('2026-11-26T22:00:00').getTime();
  const told = (at: string, language = 'en-GB') => upcoming(language, new Date(at).toISOString(), now);
  expect(told('2026-11-26T23:30:00')).toBe('today 23:30');
  expect(told('2026-11-27T02:00:00')).toBe('tomorrow 02:00');
  expect(told('2026-11-27T02:00:00', 'de')).toBe('morgen 02:00');
  expect(told('2026-12-02T02:00:00')).toBe('Wednesday 02:00');
  expect(told('2026-12-03T02:00:00')).toBe('3 Dec 02:00');
  expect(told('2026-11-26T21:59:00')).toBe('today 21:59');
});
