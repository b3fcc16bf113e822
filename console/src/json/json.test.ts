import { expect, test } from 'vitest';
import { branches, find } from './find';
import { decoded } from './texts';
import { holdsSealed, inside, ordered, titleOf, type Json } from './value';

const POLICY: Json = {
  name: 'Baseline',
  settings: [{ settingInstance: { settingDefinitionId: 'firewall', value: '[sealed]' } }, { 'a/b~c': [true, null] }],
};

test('places are named by their JSON Pointer', () => {
  expect(inside(POLICY).map(({ pointer }) => pointer)).toEqual(['/name', '/settings']);
  expect(inside({ 'a/b~c': 1 })[0]?.pointer).toBe('/a~1b~0c');
  expect(inside('text')).toEqual([]);
});

test('a search opens the way to what it finds, in names and in values', () => {
  const byValue = find(POLICY, 'FIREWALL');
  expect([...byValue.places]).toEqual(['/settings/0/settingInstance/settingDefinitionId']);
  expect([...byValue.ways]).toEqual(['/settings', '/settings/0', '/settings/0/settingInstance']);
  expect([...find(POLICY, 'a/b').places]).toEqual(['/settings/1/a~1b~0c']);
  expect([...find(POLICY, 'null').places]).toEqual([]);
});

test('all that can be opened is told', () => {
  expect(branches({ a: { b: [] }, c: 1 })).toEqual(['/a', '/a/b']);
});

test('an object is called by what names it, also one level down', () => {
  expect(titleOf({ id: '1', displayName: 'All users' })).toBe('All users');
  expect(titleOf({ settingInstance: { settingDefinitionId: 'firewall' } })).toBe('firewall');
  expect(titleOf({ value: 1 })).toBeNull();
  expect(titleOf(['name'])).toBeNull();
});

test('base64 is told when it holds text, and left alone otherwise', () => {
  expect(decoded(btoa('Write-Host "Hello, world"\r\n'))).toBe('Write-Host "Hello, world"\r\n');
  expect(decoded(btoa('\u0000\u0001 certificate \u0002 of bytes'))).toBeNull();
  expect(decoded('ThisLooksLikeItButIsNoUtf8Text==')).toBeNull();
  expect(decoded('short')).toBeNull();
});

test('the order of members makes no difference between two texts', () => {
  expect(JSON.stringify(ordered({ b: [{ d: 1, c: 2 }], a: null }))).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
});

test('a sealed secret is found wherever it is', () => {
  expect(holdsSealed(POLICY)).toBe(true);
  expect(holdsSealed({ note: 'not [sealed] as a whole' })).toBe(false);
});
