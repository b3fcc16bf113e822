import { graphql } from '../../gql';

/** What a person sets of a schedule, and what stands beside it everywhere. */
export const SCHEDULE_SETTINGS = graphql(`
  fragment ScheduleSettings on BackupSchedule {
    id
    name
    enabled
    disabledReason
    recurrence {
      frequency
      weekdays
      timeOfDay
      timeZone
      spreadMinutes
    }
    policyTypes
    includeAssignments
    includeScopeTags
    retention {
      keepLast
    }
    nextRunAt
    becameStaleAt
    revision
    deletedAt
  }
`);
