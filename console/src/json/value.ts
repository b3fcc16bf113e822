/** JSON as it came, and the ways through it. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What stands in the place of a secret. */
export const SEALED = '[sealed]';

/** A value with the way to it, a JSON Pointer (RFC 6901). */
export interface Place {
  pointer: string;
  name: string;
  value: Json;
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !isList(value);
}

function step(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** What an object or a list holds; nothing for other values. */
export function inside(value: Json, pointer = ''): Place[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).map(([name, below]) => ({ pointer: `${pointer}/${step(name)}`, name, value: below }));
}

/** What tells an element of a list from the others, as policies have it. */
const NAMING = ['displayName', 'name', 'settingDefinitionId', 'omaUri', 'title', '@odata.type', 'id'] as const;

/** What an object is called; null when nothing in it names it. */
export function titleOf(value: Json): string | null {
  if (!isObject(value)) {
    return null;
  }
  const names = NAMING.map((name) => value[name]).filter((named) => typeof named === 'string' && named !== '');
  const [first] = names;
  if (typeof first === 'string') {
    return first;
  }
  // A setting of the settings catalog names itself one level down.
  const { settingInstance } = value;
  return settingInstance === undefined ? null : titleOf(settingInstance);
}

/** The same value with the members of its objects in alphabetical order: Graph's order says nothing. */
export function ordered(value: Json): Json {
  if (isList(value)) {
    return value.map(ordered);
  }
  if (!isObject(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, below]) => [name, ordered(below)]),
  );
}

export function textOf(value: Json): string {
  return JSON.stringify(value, null, 2);
}

export function holdsSealed(value: Json): boolean {
  return value === SEALED || inside(value).some((place) => holdsSealed(place.value));
}
