import { useSubscription } from 'urql';
import { graphql } from '../gql';

/**
 * What happens to a tenant's runs. The cache takes what it brings, and lists are asked for again
 * (`api/refresh.ts`), so pages need to do nothing else. What they show of a moving run has to be
 * selected here.
 */
const EVENTS = graphql(`
  subscription RunEvents($tenantId: ID!) {
    backupRunEvents(tenantId: $tenantId) {
      cursor
      kind
      run {
        id
        status
        attempt
        nextAttemptAt
        startedAt
        finishedAt
        durationMs
        errorCode
        errorMessage
        cancelRequestedAt
        progress {
          phase
          processedPolicies
          totalPolicies
          percent
          graphRequestCount
          graphThrottledCount
          updatedAt
        }
        summary {
          policyCount
          itemCount
          changedItemCount
          removedPolicyCount
          failedPolicyCount
          payloadBytes
          graphRequestCount
          graphThrottledCount
        }
      }
    }
  }
`);

export function useRunEvents(tenantId: string): void {
  useSubscription({ query: EVENTS, variables: { tenantId } });
}
