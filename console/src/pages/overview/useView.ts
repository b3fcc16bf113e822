import { useMemo } from 'react';
import { useFilters } from '../../ui/useFilters';
import { useSort } from '../../ui/useSort';
import type { Sort } from '../../ui/DataTable';
import { CONNECTIONS, FIELDS, STATE_NAMES, type View } from './view';

/** What the address says of which tenants are shown, and how to order them otherwise. */
export function useView(): [view: View, setSort: (sort: Sort) => void] {
  const { one } = useFilters();
  const [{ by, direction }, setSort] = useSort(FIELDS, { by: 'name', direction: 'ASC' });
  const search = one('search') ?? '';
  const state = STATE_NAMES.find((name) => name === one('state')) ?? null;
  const connection = CONNECTIONS.find((status) => status === one('connection')) ?? null;
  const view = useMemo(
    () => ({ search, state, connection, sort: { by, direction } }),
    [search, state, connection, by, direction],
  );
  return [view, setSort];
}
