/** Words for runs, and which there are for filters. Newer servers may know more. */

import { useTranslation } from 'react-i18next';
import type { BackupRunErrorCode, BackupRunPhase, BackupRunStatus, BackupRunTrigger } from '../gql/graphql';

export const RUN_STATUSES: readonly BackupRunStatus[] = [
  'QUEUED',
  'RUNNING',
  'SUCCEEDED',
  'PARTIAL',
  'FAILED',
  'CANCELLED',
  'SKIPPED',
  'MISSED',
];

export const RUN_TRIGGERS: readonly BackupRunTrigger[] = ['SCHEDULED', 'MANUAL', 'RETRY'];

export const RUN_ERRORS: readonly BackupRunErrorCode[] = [
  'GRAPH_THROTTLE',
  'GRAPH_UNAVAILABLE',
  'PERMISSION_MISSING',
  'TENANT_NOT_LICENSED',
  'TOKEN_EXPIRED',
  'WORKER_LOST',
  'UNKNOWN',
];

export function useRunStatusName(): (status: BackupRunStatus) => string {
  const { t } = useTranslation('words');
  return (status) => t(`runStatus.${status}`, t('runStatus.unknown'));
}

export function useTriggerName(): (trigger: BackupRunTrigger) => string {
  const { t } = useTranslation('words');
  return (trigger) => t(`trigger.${trigger}`, t('trigger.unknown'));
}

export function usePhaseName(): (phase: BackupRunPhase) => string {
  const { t } = useTranslation('words');
  return (phase) => t(`phase.${phase}`, t('phase.unknown'));
}

/** What a run's error is called. */
export function useRunErrorName(): (code: BackupRunErrorCode) => string {
  const { t } = useTranslation('words');
  return (code) => t(`runError.${code}.title`, t('runError.UNKNOWN.title'));
}
