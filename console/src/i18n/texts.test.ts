import { expect, test } from 'vitest';
import de from './de';
import en from './en';

/** Every key with the names of its places, such as `title {name}`. */
function keys(value: unknown, path = ''): string[] {
  if (typeof value === 'string') {
    const places = [...value.matchAll(/\{\{-?\s*(\w+)/g)].map((place) => place[1]).sort();
    return [`${path} {${places.join(',')}}`];
  }
  return Object.entries(value as object).flatMap(([name, below]) =>
    keys(below, path === '' ? name : `${path}.${name}`),
  );
}

test('German says all that English says, about the same things', () => {
  expect(keys(de).sort()).toEqual(keys(en).sort());
});
