import { graphql } from '../gql';

/**
 * What changes of a run while it goes. Its events bring all of this, so what a page shows of it moves
 * by itself.
 */
export const MOVING_RUN = graphql(`
  fragment MovingRun on BackupScheduleRun {
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
`);
