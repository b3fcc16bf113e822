import { ArrowDown, ArrowUp, ChevronRight } from 'lucide-react';
import { useId, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

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

export interface TableProps<Row> {
  /** What the table lists, for screen readers. */
  label: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  /** What a row holds besides, shown below it when asked for. */
  detail?: (row: Row) => ReactNode;
}

interface RowProps<Row> {
  row: Row;
  /** Its key, for who looks which rows are on the screen. */
  name: string;
  columns: Column<Row>[];
  detail: ((row: Row) => ReactNode) | undefined;
}

function TableRow<Row>({ row, name, columns, detail }: RowProps<Row>) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <>
      <tr data-row={name}>
        {detail !== undefined && (
          <td className="opener">
            <button
              type="button"
              className="icon-button"
              aria-expanded={isOpen}
              aria-controls={isOpen ? id : undefined}
              id={`${id}-opener`}
              aria-label={t('details')}
              aria-labelledby={`${id}-opener ${id}-head`}
              onClick={() => setOpen(!isOpen)}
            >
              <ChevronRight aria-hidden size={18} />
            </button>
          </td>
        )}
        {columns.map(({ key, title, cell, align, heads }) =>
          heads === true ? (
            <th key={key} id={`${id}-head`} scope="row" data-label={title}>
              {cell(row)}
            </th>
          ) : (
            <td key={key} data-label={title} className={align}>
              {cell(row)}
            </td>
          ),
        )}
      </tr>
      {isOpen && detail !== undefined && (
        <tr id={id} className="detail">
          <td colSpan={columns.length + 1}>{detail(row)}</td>
        </tr>
      )}
    </>
  );
}

/** A table that becomes a list of cards where there is no room for columns. */
export function DataTable<Row>({ label, columns, rows, rowKey, sort, onSort, detail }: TableProps<Row>) {
  const { t } = useTranslation();
  const turned = (key: string): Direction => (sort?.by === key && sort.direction === 'ASC' ? 'DESC' : 'ASC');
  return (
    <div className="table-frame">
      <table className="table" aria-label={label}>
        <thead>
          <tr>
            {detail !== undefined && (
              <th scope="col" className="opener">
                <span className="visually-hidden">{t('details')}</span>
              </th>
            )}
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
            <TableRow key={rowKey(row)} name={rowKey(row)} row={row} columns={columns} detail={detail} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
