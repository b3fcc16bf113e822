import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { atFirstPage } from './Pager';

/** How long one may pause while typing. */
const PAUSE = 250;

/** A text of the address, such as `?search=`, that follows what is typed a moment later. */
export function useSearchText(name = 'search'): [text: string, typed: string, type: (text: string) => void] {
  const [search, setSearch] = useSearchParams();
  const text = search.get(name) ?? '';
  const [typed, type] = useState(text);
  const [last, setLast] = useState(text);
  if (last !== text) {
    // The address was changed by something else: back, or a link.
    setLast(text);
    type(text);
  }
  useEffect(() => {
    if (typed === text) {
      return;
    }
    const timer = setTimeout(() => {
      setLast(typed);
      setSearch(
        (before) => {
          const next = atFirstPage(before);
          if (typed === '') {
            next.delete(name);
          } else {
            next.set(name, typed);
          }
          return next;
        },
        { replace: true },
      );
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [typed, text, name, setSearch]);
  return [text, typed, type];
}
