import { expect, test } from 'vitest';
import { isMeant, zones, zoneText } from './zones';

test('likely zones come first, and each zone once', () => {
  const found = zones(['Pacific/Chatham', null]);
  expect(found[0]).toBe('Pacific/Chatham');
  expect(found.slice(0, 3)).toContain('UTC');
  expect(new Set(found).size).toBe(found.length);
});

test('a zone is told with the offset that it has now', () => {
  const winter = new Date('2026-11-26T12:00:00Z');
  expect(zoneText('Europe/Berlin', winter)).toBe('Europe/Berlin (UTC+01:00)');
  expect(zoneText('America/New_York', winter)).toBe('America/New_York (UTC-05:00)');
  expect(zoneText('UTC', winter)).toBe('UTC (UTC+00:00)');
});

test('zones are found by how people write them', () => {
  expect(isMeant('America/New_York', 'new york')).toBe(true);
  expect(isMeant('America/New_York', 'america/new')).toBe(true);
  expect(isMeant('America/New_York', 'berlin')).toBe(false);
});
