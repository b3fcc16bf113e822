import type { NotificationKind, NotificationSeverity } from '../../gql/graphql';

/** The kinds that can be asked for, the pressing ones first. A newer server's are shown all the same. */
export const KINDS: readonly NotificationKind[] = [
  'RUN_FAILED',
  'BACKUP_STALE',
  'CONTENT_DAMAGED',
  'RUN_PARTIAL',
  'RUN_MISSED',
  'RUN_SKIPPED',
  'CREDENTIAL_EXPIRING',
  'SCHEDULE_STOPPED',
  'RUN_RECOVERED',
  'RUN_SUCCEEDED',
  'RUN_CANCELLED',
  'POLICY_CHANGED',
];

export const SEVERITIES: readonly NotificationSeverity[] = ['ERROR', 'WARNING', 'INFO'];
