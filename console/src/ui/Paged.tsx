import type { ReactNode } from 'react';
import { DataTable, type TableProps } from './DataTable';
import { Pager, type PageInfo } from './Pager';

interface Props<Row> extends Omit<TableProps<Row>, 'rows' | 'rowKey'> {
  /** A page of a list of the API; null where it may not be read. */
  connection: { nodes: readonly Row[]; pageInfo: PageInfo; totalCount?: number } | null | undefined;
  /** What stands there when the page has no rows. */
  empty: ReactNode;
}

/** A page of a list as a table, with the ways to the others. */
export function Paged<Row extends { id: string }>({ connection, empty, ...table }: Props<Row>) {
  if (connection == null) {
    return null;
  }
  if (connection.nodes.length === 0) {
    return empty;
  }
  return (
    <>
      <DataTable {...table} rows={connection.nodes} rowKey={({ id }) => id} />
      <Pager pageInfo={connection.pageInfo} total={connection.totalCount} />
    </>
  );
}
