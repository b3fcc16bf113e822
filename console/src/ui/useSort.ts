import { useSearchParams } from 'react-router';
import type { Sort } from './DataTable';
import { atFirstPage } from './Pager';

interface Sorted<Field extends string> extends Sort {
  by: Field;
}

/** The order of a list, which is in its address: `?sort=NAME&direction=DESC`. */
export function useSort<Field extends string>(
  fields: readonly Field[],
  usual: Sorted<Field>,
): [sort: Sorted<Field>, setSort: (sort: Sort) => void] {
  const [search, setSearch] = useSearchParams();
  const field = fields.find((one) => one === search.get('sort'));
  const direction = search.get('direction') === 'DESC' ? 'DESC' : 'ASC';
  const change = ({ by, direction: way }: Sort) =>
    setSearch(
      (before) => {
        const next = atFirstPage(before);
        next.set('sort', by);
        next.set('direction', way);
        return next;
      },
      { preventScrollReset: true },
    );
  return [field === undefined ? usual : { by: field, direction }, change];
}
