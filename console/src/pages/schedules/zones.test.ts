import { expect, test } from 'vitest';
import { isFound, zones } from './zones';

const WINTER = new Date('2026-11-26T12:00:00Z');

test('likely zones come first, and each zone once', () => {
  const found = zones(['Pacific/Chatham', null], WINTER).map(({ id }) => id);
  expect(found[0]).toBe('Pacific/Chatham');
  expect(found.slice(0, 3)).toContain('UTC');
  expect(new Set(found).size).toBe(found.length);
});

test('a zone is told with the offset that it has now', () => {
  const texts = zones([], WINTER).map(({ text }) => text);
  expect(texts).toContain('Europe/Berlin (UTC+01:00)');
  expect(texts).toContain('America/New_York (UTC-05:00)');
  expect(texts).toContain('UTC (UTC+00:00)');
});

test('zones are found by how people write them', () => {
  const text = 'America/New_York (UTC-05:00)';
  expect(isFound(text, 'new york')).toBe(true);
  expect(isFound(text, 'america/new')).toBe(true);
  expect(isFound(text, '-05:00')).toBe(true);
  expect(isFound(text, 'berlin')).toBe(false);
});
