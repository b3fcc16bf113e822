import { ArrowDown, ArrowUp } from 'lucide-react';
import type { ReactNode } from 'react';

export type Direction = 'ASC' | 'DESC';

export interface Column<Row> {
  key: string;
  title: string;
  cell: (row: Row) => ReactNode;
  /** Whether clicking the title sorts by this column. */
  sortable?: boolean;
  align?: 'end';
  /** The column that names the row. */
  heads?: boolean;
}

export interface Sort {
  by: string;
  direction: Direction;
}

interface Props<Row> {
  /** What the table lists, for screen readers. */
  label: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
}

/** A table that becomes a list of cards where there is no room for columns. */
export function DataTable<Row>({ label, columns, rows, rowKey, sort, onSort }: Props<Row>) {
  const turned = (key: string): Direction => (sort?.by === key && sort.direction === 'ASC' ? 'DESC' : 'ASC');
  return (
    <div className="table-frame">
      <table className="table" aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ key, title, sortable, align }) => {
              const sorted = sort?.by === key ? sort.direction : undefined;
              return (
                <th
                  key={key}
                  scope="col"
                  className={align}
                  aria-sort={sorted === undefined ? undefined : sorted === 'ASC' ? 'ascending' : 'descending'}
                >
                  {sortable === true && onSort !== undefined ? (
                    <button
                      type="button"
                      className="sorter"
                      onClick={() => onSort({ by: key, direction: turned(key) })}
                    >
                      {title}
                      {sorted === 'ASC' && <ArrowUp aria-hidden size={14} />}
                      {sorted === 'DESC' && <ArrowDown aria-hidden size={14} />}
                    </button>
                  ) : (
                    title
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map(({ key, title, cell, align, heads }) =>
                heads === true ? (
                  <th key={key} scope="row" data-label={title}>
                    {cell(row)}
                  </th>
                ) : (
                  <td key={key} data-label={title} className={align}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
