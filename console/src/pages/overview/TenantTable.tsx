import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Moment } from '../../time/Moment';
import { Badge, type Tone } from '../../ui/Badge';
import { bytes } from '../../ui/bytes';
import { DataTable, type Column, type Sort } from '../../ui/DataTable';
import { Pager, usePage } from '../../ui/Pager';
import { useRoleName } from '../../words/roles';
import { ConnectionStatus } from '../../words/statuses';
import { LiveRows, useSeenRows } from './LiveRows';
import type { TenantRow } from './tenants';

/** More rows than these at once make the page slow to scroll and to sort. */
const ROWS_AT_ONCE = 250;

/** Which rows the address shows. The cursors of this list are positions in it. */
function useStart(length: number): number {
  const page = usePage(ROWS_AT_ONCE);
  const start = 'before' in page ? Number(page.before) - ROWS_AT_ONCE : Number(page.after ?? 0);
  return start > 0 && start < length ? start : 0;
}

/** A count that is worth a look; a dash where there is nothing to see. */
function Mark({ count, tone, text }: { count: number; tone: Tone; text: string }) {
  return count === 0 ? <span className="quiet nothing">–</span> : <Badge tone={tone}>{text}</Badge>;
}

function Failures({ overview }: { overview: TenantRow['node']['overview'] }) {
  const { t } = useTranslation('overview');
  const failed = overview.failedRunCountLast24Hours;
  const incomplete = overview.partialRunCountLast24Hours;
  return (
    <span className={failed + incomplete === 0 ? 'marks nothing' : 'marks'}>
      {(failed > 0 || incomplete === 0) && <Mark count={failed} tone="bad" text={t('failed', { count: failed })} />}
      {incomplete > 0 && <Mark count={incomplete} tone="warning" text={t('incomplete', { count: incomplete })} />}
    </span>
  );
}

function useColumns(): Column<TenantRow>[] {
  const { t, i18n } = useTranslation('overview');
  const roleName = useRoleName();
  return [
    {
      key: 'name',
      title: t('column.name'),
      heads: true,
      sortable: true,
      cell: ({ node }) => <Link to={`/tenants/${node.id}`}>{node.name}</Link>,
    },
    { key: 'role', title: t('column.role'), sortable: true, cell: ({ viewerRole }) => roleName(viewerRole) },
    {
      key: 'connection',
      title: t('column.connection'),
      sortable: true,
      cell: ({ node }) => <ConnectionStatus status={node.connectionStatus} />,
    },
    {
      key: 'lastSuccess',
      title: t('column.lastSuccess'),
      sortable: true,
      cell: ({ node }) => <Moment instant={node.overview.lastSucceededAt} absent={t('never')} />,
    },
    {
      key: 'stale',
      title: t('column.stale'),
      sortable: true,
      cell: ({ node: { overview } }) => (
        <Mark
          count={overview.staleScheduleCount}
          tone="warning"
          text={t('staleOf', { count: overview.scheduleCount, stale: overview.staleScheduleCount })}
        />
      ),
    },
    {
      key: 'failures',
      title: t('column.failures'),
      sortable: true,
      cell: ({ node }) => <Failures overview={node.overview} />,
    },
    {
      key: 'running',
      title: t('column.running'),
      sortable: true,
      cell: ({ node: { overview } }) => (
        <Mark count={overview.activeRunCount} tone="active" text={t('running', { count: overview.activeRunCount })} />
      ),
    },
    {
      key: 'nextRun',
      title: t('column.nextRun'),
      sortable: true,
      cell: ({ node }) => <Moment instant={node.overview.nextRunAt} as="hour" absent={t('nothingPlanned')} />,
    },
    {
      key: 'storage',
      title: t('column.storage'),
      sortable: true,
      align: 'end',
      cell: ({ node }) => bytes(i18n.language, node.overview.storageBytes),
    },
  ];
}

interface Props {
  rows: readonly TenantRow[];
  sort: Sort;
  onSort: (sort: Sort) => void;
  /** Tenants that are not shown, but followed as far as there is room. */
  further: readonly string[];
  /** Has to stay the same, or all streams begin anew. */
  onMove: (tenantId: string) => void;
}

export function TenantTable({ rows, sort, onSort, further, onMove }: Props) {
  const { t } = useTranslation('overview');
  const columns = useColumns();
  const start = useStart(rows.length);
  const end = Math.min(start + ROWS_AT_ONCE, rows.length);
  const shown = rows.slice(start, end);
  const [frame, seen] = useSeenRows(shown.map(({ node }) => node.id));
  return (
    <div ref={frame} className="overview-table">
      <LiveRows ids={[...seen, ...further]} onMove={onMove} />
      <DataTable
        label={t('table')}
        columns={columns}
        rows={shown}
        rowKey={({ node }) => node.id}
        sort={sort}
        onSort={onSort}
      />
      <Pager
        pageInfo={{
          hasPreviousPage: start > 0,
          hasNextPage: end < rows.length,
          startCursor: start.toString(),
          endCursor: end.toString(),
        }}
        total={rows.length}
      />
    </div>
  );
}
