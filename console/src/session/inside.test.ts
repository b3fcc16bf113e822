import { expect, test } from 'vitest';
import { inside } from './inside';

const HERE = 'http://console.example';

test('one is led to pages of the console only', () => {
  expect(inside('/tenants/ten_1?x=1', HERE)).toBe('/tenants/ten_1?x=1');
  for (const outside of ['//evil.example', '/\t/evil.example', '/.//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '', null, undefined]) {
    expect(inside(outside, HERE)).toBe('/');
  }
});
