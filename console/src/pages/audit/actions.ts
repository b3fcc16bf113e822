import type { AuditAction, AuditOutcome } from '../../gql/graphql';

/** What can be asked for, by what it is done to. A newer server's actions are shown by their code. */
export const ACTIONS: readonly AuditAction[] = [
  'SCHEDULE_CREATED',
  'SCHEDULE_UPDATED',
  'SCHEDULE_ENABLED',
  'SCHEDULE_DISABLED',
  'SCHEDULE_DELETED',
  'RUN_STARTED',
  'RUN_RETRIED',
  'RUN_CANCEL_REQUESTED',
  'RUN_DISPATCHED',
  'RUN_FINISHED',
  'RUN_MISSED',
  'RUN_SKIPPED',
  'BACKUP_SET_EXPORTED',
  'BACKUP_SET_VERIFIED',
  'BACKUP_SET_DELETED',
  'BACKUP_SET_UNDELETED',
  'BACKUP_SET_PURGED',
  'MEMBER_ADDED',
  'MEMBER_ROLE_CHANGED',
  'MEMBER_REMOVED',
  'API_TOKEN_CREATED',
  'API_TOKEN_REVOKED',
  'CREDENTIAL_SET',
  'CREDENTIAL_VERIFIED',
  'CREDENTIAL_REMOVED',
  'TENANT_CREATED',
  'TENANT_UPDATED',
  'TENANT_DELETED',
  'KEY_ROTATED',
  'READ',
];

export const OUTCOMES: readonly AuditOutcome[] = ['SUCCEEDED', 'FAILED', 'DENIED'];
