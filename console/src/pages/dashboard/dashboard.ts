/** What the dashboard shows of a tenant, apart from its histories. */

import { useEffect } from 'react';
import { useQuery } from 'urql';
import { keepFresh } from '../../api/fresh';
import { graphql } from '../../gql';
import type { DashboardQuery } from '../../gql/graphql';

const DASHBOARD = graphql(`
  query Dashboard($tenantId: ID!) {
    tenant(id: $tenantId) {
      id
      connectionStatus
      overview {
        scheduleCount
        enabledScheduleCount
        activeRunCount
        failedRunCountLast24Hours
        partialRunCountLast24Hours
        staleScheduleCount
        lastSucceededAt
        nextRunAt
        backupSetCount
        storageBytes
      }
      active: backupRuns(first: 20, filter: { statuses: [QUEUED, RUNNING] }) {
        nodes {
          id
          status
          attempt
          nextAttemptAt
          startedAt
          cancelRequestedAt
          schedule {
            id
            name
          }
          progress {
            phase
            processedPolicies
            totalPolicies
            percent
          }
        }
      }
      ended: backupRuns(first: 8, filter: { statuses: [SUCCEEDED, PARTIAL, FAILED, CANCELLED, SKIPPED, MISSED] }) {
        nodes {
          id
          status
          createdAt
          finishedAt
          durationMs
          schedule {
            id
            name
          }
          summary {
            itemCount
            changedItemCount
            removedPolicyCount
            failedPolicyCount
          }
        }
      }
      unwell: backupSchedules(first: 100, filter: { lastRunStatuses: [FAILED, PARTIAL, MISSED] }) {
        nodes {
          id
          name
          recurrence {
            timeZone
          }
          lastRun {
            id
            status
            createdAt
            errorCode
            errorMessage
            retriedBy {
              id
            }
          }
        }
      }
      enabled: backupSchedules(
        first: 100
        filter: { enabled: true }
        orderBy: { field: NEXT_RUN_AT, direction: ASC }
      ) {
        nodes {
          id
          name
          nextRunAt
          becameStaleAt
          recurrence {
            timeZone
          }
        }
      }
      disabled: backupSchedules(first: 100, filter: { enabled: false }) {
        nodes {
          id
          name
          disabledReason
        }
      }
    }
  }
`);

export type DashboardTenant = NonNullable<DashboardQuery['tenant']>;
export type ActiveRun = DashboardTenant['active']['nodes'][number];
export type EndedRun = DashboardTenant['ended']['nodes'][number];
export type UnwellSchedule = DashboardTenant['unwell']['nodes'][number];

/** Events of runs make it be asked anew; what the clock alone changes is looked at every minute. */
export function useDashboard(tenantId: string) {
  const query = useQuery({ query: DASHBOARD, variables: { tenantId } });
  const [, ask] = query;
  useEffect(() => {
    const fresh = keepFresh(() => ask({ requestPolicy: 'network-only' }));
    return () => fresh.stop();
  }, [ask]);
  return query;
}
