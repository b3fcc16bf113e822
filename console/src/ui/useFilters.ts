import { useSearchParams } from 'react-router';
import { atFirstPage } from './Pager';

type Changes = Record<string, string | readonly string[] | null>;

interface Filters {
  /** A filter's text; null when it is not set. */
  one: (name: string) => string | null;
  /** Those of a filter's values that are known: an address may hold anything. */
  many: <Value extends string>(name: string, known: readonly Value[]) => Value[];
  /** Sets filters, or takes them away (null, empty). Begins at the first page. */
  set: (changes: Changes) => void;
}

/** The filters of a list, which are in its address: `?kinds=A,B&severity=C`. */
export function useFilters(): Filters {
  const [search, setSearch] = useSearchParams();
  return {
    one: (name) => search.get(name),
    many: (name, known) => {
      const values = (search.get(name) ?? '').split(',');
      return known.filter((value) => values.includes(value));
    },
    set: (changes) =>
      setSearch(
        (before) => {
          const next = atFirstPage(before);
          for (const [name, value] of Object.entries(changes)) {
            const text = typeof value === 'string' ? value : (value ?? []).join(',');
            if (text === '') {
              next.delete(name);
            } else {
              next.set(name, text);
            }
          }
          return next;
        },
        { preventScrollReset: true },
      ),
  };
}
