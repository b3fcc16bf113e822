import { expect, test } from 'vitest';
import { isMissingCode } from './missingCode';

test('code that has not come is told from code that has failed', () => {
  expect(isMissingCode(new TypeError('Failed to fetch dynamically imported module: http://x/assets/Audit-1.js'))).toBe(true);
  expect(isMissingCode(new TypeError('error loading dynamically imported module: http://x/assets/Audit-1.js'))).toBe(true);
  expect(isMissingCode(new TypeError('Importing a module script failed.'))).toBe(true);
  expect(isMissingCode(new TypeError('undefined is not a function'))).toBe(false);
  expect(isMissingCode('odd')).toBe(false);
});
