import { inside, type Json, type Place } from './value';

/** More than anybody looks at one by one. */
const MOST = 300;

export interface Found {
  /** Where it was found. */
  places: ReadonlySet<string>;
  /** What leads to those. */
  ways: ReadonlySet<string>;
  /** Whether there is more than was looked for. */
  isMore: boolean;
}

/** Looks for a text in names and values, whatever the case. */
export function find(value: Json, wanted: string): Found {
  const text = wanted.toLowerCase();
  const places = new Set<string>();
  const ways = new Set<string>();
  const holds = ({ name, value: at }: Place) =>
    name.toLowerCase().includes(text) || (typeof at !== 'object' && String(at).toLowerCase().includes(text));
  const search = (at: Json, pointer: string, above: readonly string[]): void => {
    for (const place of inside(at, pointer)) {
      if (places.size >= MOST) {
        return;
      }
      if (holds(place)) {
        places.add(place.pointer);
        above.forEach((way) => ways.add(way));
      }
      search(place.value, place.pointer, [...above, place.pointer]);
    }
  };
  search(value, '', []);
  return { places, ways, isMore: places.size >= MOST };
}

/** All that can be opened. */
export function branches(value: Json, pointer = ''): string[] {
  return inside(value, pointer).flatMap((place) =>
    typeof place.value === 'object' && place.value !== null
      ? [place.pointer, ...branches(place.value, place.pointer)]
      : [],
  );
}
