import { CalendarClock, Plus, SearchX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { graphql } from '../../gql';
import type { BackupRunStatus, BackupScheduleFilter, BackupScheduleOrderField, SchedulesQuery } from '../../gql/graphql';
import { useMay, useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { Button, LinkButton } from '../../ui/Button';
import { Choices } from '../../ui/Choices';
import type { Column } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Choice, Finder } from '../../ui/fields';
import { FilterBar } from '../../ui/FilterBar';
import { Loaded } from '../../ui/Loaded';
import { Page } from '../../ui/Page';
import { Paged } from '../../ui/Paged';
import { usePage } from '../../ui/Pager';
import { Skeleton } from '../../ui/Skeleton';
import { useFilters } from '../../ui/useFilters';
import { useSearchText } from '../../ui/useSearchText';
import { useSort } from '../../ui/useSort';
import { RUN_STATUSES, useRunStatusName } from '../../words/runs';
import { EnabledSwitch } from './EnabledSwitch';
import { LastRun } from './LastRun';
import { ScheduleActions } from './ScheduleActions';
import { ScheduleMarks } from './ScheduleMarks';
import { useRecurrenceWords } from './useRecurrenceWords';
import './schedules.css';

const SCHEDULES = graphql(`
  query Schedules(
    $tenantId: ID!
    $first: Int
    $after: String
    $last: Int
    $before: String
    $filter: BackupScheduleFilter
    $orderBy: BackupScheduleOrder
  ) {
    tenant(id: $tenantId) {
      id
      backupSchedules(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
        nodes {
          ...ScheduleSettings
          lastRun {
            id
            status
            createdAt
            progress {
              percent
            }
          }
          activeRun {
            id
          }
          backupSets(first: 0, filter: { isComplete: true }) {
            totalCount
          }
        }
        pageInfo {
          ...PageOfList
        }
        totalCount
      }
    }
  }
`);

type Row = NonNullable<SchedulesQuery['tenant']>['backupSchedules']['nodes'][number];

const FIELDS: readonly BackupScheduleOrderField[] = ['NAME', 'NEXT_RUN_AT', 'LAST_RUN_AT'];
const ENABLED = ['any', 'yes', 'no'] as const;

function useColumns(): Column<Row>[] {
  const { t } = useTranslation('schedules');
  const inWords = useRecurrenceWords();
  return [
    {
      key: 'NAME',
      title: t('name'),
      sortable: true,
      heads: true,
      cell: (row) => (
        <span className="schedule-name">
          <Link to={row.id}>{row.name}</Link>
          <span className="quiet small">{inWords(row.recurrence)}</span>
          <ScheduleMarks schedule={row} />
        </span>
      ),
    },
    {
      key: 'NEXT_RUN_AT',
      title: t('nextRun'),
      sortable: true,
      cell: ({ nextRunAt, recurrence }) => <Moment instant={nextRunAt} zone={recurrence.timeZone} as="hour" />,
    },
    {
      key: 'LAST_RUN_AT',
      title: t('lastRun'),
      sortable: true,
      cell: ({ lastRun, recurrence }) => <LastRun run={lastRun} zone={recurrence.timeZone} />,
    },
    {
      key: 'sets',
      title: t('kept'),
      align: 'end',
      cell: ({ id, backupSets, retention }) => (
        <Link to={`../sets?schedule=${id}`} title={t('keptOf', { kept: backupSets.totalCount, most: retention.keepLast })}>
          {backupSets.totalCount} / {retention.keepLast}
        </Link>
      ),
    },
    { key: 'enabled', title: t('state'), cell: (row) => <EnabledSwitch schedule={row} /> },
    { key: 'actions', title: t('actions'), align: 'end', cell: (row) => <ScheduleActions schedule={row} size="small" /> },
  ];
}

function useFilter(text: string): { filter: BackupScheduleFilter; enabled: (typeof ENABLED)[number]; statuses: BackupRunStatus[] } {
  const { one, many } = useFilters();
  const enabled = ENABLED.find((value) => value === one('enabled')) ?? 'any';
  const statuses = many('last', RUN_STATUSES);
  return {
    enabled,
    statuses,
    filter: {
      ...(text === '' ? {} : { search: text }),
      ...(enabled === 'any' ? {} : { enabled: enabled === 'yes' }),
      ...(statuses.length === 0 ? {} : { lastRunStatuses: statuses }),
    },
  };
}

export default function Schedules() {
  const { t } = useTranslation('schedules');
  const tenant = useTenant();
  const may = useMay();
  const { set } = useFilters();
  const statusName = useRunStatusName();
  const [text, typed, type] = useSearchText();
  const { filter, enabled, statuses } = useFilter(text);
  const [sort, setSort] = useSort(FIELDS, { by: 'NAME', direction: 'ASC' });
  const query = useQuery({
    query: SCHEDULES,
    variables: { tenantId: tenant.id, ...usePage(), filter, orderBy: { field: sort.by, direction: sort.direction } },
  });
  const columns = useColumns();
  const isFiltered = Object.keys(filter).length > 0;
  const create = may('MANAGE_SCHEDULES') && (
    <LinkButton to="new" weight="primary">
      <Plus aria-hidden size={16} />
      {t('new')}
    </LinkButton>
  );
  return (
    <Page title={t('title')} actions={create === false ? undefined : create}>
      <FilterBar label={t('filters')} count={Object.keys(filter).length}>
        <Finder label={t('search')} value={typed} onChange={type} />
        <Choice
          label={t('state')}
          value={enabled}
          options={ENABLED.map((value) => ({ value, text: t(`enabledFilter.${value}`) }))}
          onChange={(value) => set({ enabled: value === 'any' ? null : value })}
        />
        <Choices
          label={t('lastRun')}
          values={statuses}
          options={RUN_STATUSES.map((value) => ({ value, text: statusName(value) }))}
          none={t('anyState')}
          several={(count) => t('states', { count })}
          onChange={(values) => set({ last: values })}
        />
      </FilterBar>
      <Loaded query={query} skeleton={<Skeleton lines={8} />}>
        {({ tenant: found }) => (
          <Paged
            connection={found?.backupSchedules}
            label={t('title')}
            columns={columns}
            sort={sort}
            onSort={setSort}
            empty={
              isFiltered ? (
                <EmptyState icon={SearchX} title={t('noMatch')}>
                  <Button
                    onPress={() => {
                      type('');
                      set({ search: null, enabled: null, last: null });
                    }}
                  >
                    {t('clear')}
                  </Button>
                </EmptyState>
              ) : (
                <EmptyState icon={CalendarClock} title={t('none')}>
                  <p>{t(may('MANAGE_SCHEDULES') ? 'noneNext' : 'noneAsk')}</p>
                  {create}
                </EmptyState>
              )
            }
          />
        )}
      </Loaded>
    </Page>
  );
}
