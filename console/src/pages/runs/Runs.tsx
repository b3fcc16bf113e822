import { History, SearchX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { graphql } from '../../gql';
import { useTenant } from '../../tenant/tenant';
import { Button, LinkButton } from '../../ui/Button';
import { EmptyState } from '../../ui/EmptyState';
import { Loaded } from '../../ui/Loaded';
import { Page } from '../../ui/Page';
import { Paged } from '../../ui/Paged';
import { usePage } from '../../ui/Pager';
import { Skeleton } from '../../ui/Skeleton';
import { useSort } from '../../ui/useSort';
import { RunFilters, useRunFilter } from './RunFilters';
import { useRunColumns } from './useRunColumns';
import './runs.css';

const RUNS = graphql(`
  query Runs(
    $tenantId: ID!
    $first: Int
    $after: String
    $last: Int
    $before: String
    $filter: BackupScheduleRunFilter
    $orderBy: BackupScheduleRunOrder
  ) {
    tenant(id: $tenantId) {
      id
      backupRuns(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
        nodes {
          id
          status
          trigger
          schedule {
            id
            name
            recurrence {
              timeZone
            }
          }
          createdAt
          startedAt
          finishedAt
          durationMs
          errorCode
          cancelRequestedAt
          progress {
            percent
          }
          summary {
            itemCount
            changedItemCount
            failedPolicyCount
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

export default function Runs() {
  const { t } = useTranslation('runs');
  const { id: tenantId } = useTenant();
  const { filter, count, clear } = useRunFilter();
  const [sort, setSort] = useSort(['CREATED_AT', 'FINISHED_AT'], { by: 'CREATED_AT', direction: 'DESC' });
  const query = useQuery({
    query: RUNS,
    variables: { tenantId, ...usePage(), filter, orderBy: { field: sort.by, direction: sort.direction } },
  });
  const columns = useRunColumns();
  return (
    <Page title={t('title')}>
      <RunFilters />
      <Loaded query={query} skeleton={<Skeleton lines={12} />}>
        {({ tenant }) => (
          <Paged
            connection={tenant?.backupRuns}
            label={t('title')}
            columns={columns}
            sort={sort}
            onSort={setSort}
            empty={
              count > 0 ? (
                <EmptyState icon={SearchX} title={t('noMatch')}>
                  <Button onPress={clear}>{t('clear')}</Button>
                </EmptyState>
              ) : (
                <EmptyState icon={History} title={t('none')}>
                  <p>{t('noneNext')}</p>
                  <LinkButton to="../schedules">{t('toSchedules')}</LinkButton>
                </EmptyState>
              )
            }
          />
        )}
      </Loaded>
    </Page>
  );
}
