import { expect, test } from 'vitest';
import { bytes } from './bytes';

test('sizes are told in the unit that suits them', () => {
  expect(bytes('en', '0')).toBe('0 byte');
  expect(bytes('en', 999)).toBe('999 byte');
  expect(bytes('en', '1400000')).toBe('1.4 MB');
  expect(bytes('en', '25000000000')).toBe('25 GB');
});
