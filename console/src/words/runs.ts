/** Words for runs, and which there are for filters. Newer servers may know more. */

import { useTranslation } from 'react-i18next';
import type { BackupRunErrorCode, BackupRunPhase, BackupRunStatus, BackupRunTrigger } from '../gql/graphql';
import { relatively } from '../time/formats';
import { useNow } from '../time/now';

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

interface Attempted {
  status: BackupRunStatus;
  attempt: number;
  nextAttemptAt?: string | null;
}

/** Whether a run waits after an attempt that failed. The service counts the attempt that comes already. */
export function awaitsAttempt({ status, attempt }: Attempted): boolean {
  return status === 'QUEUED' && attempt > 1;
}

/** What a run says that waits for its next attempt: what has failed, and when it goes on. */
export function useAttemptWords({ attempt, nextAttemptAt }: Attempted): { failed: string; next: string } {
  const { t, i18n } = useTranslation('words');
  const now = useNow();
  const isAhead = nextAttemptAt != null && Date.parse(nextAttemptAt) > now;
  return {
    failed: t('nextAttempt.failed', { attempt: attempt - 1 }),
    next: isAhead
      ? t('nextAttempt.at', { attempt, when: relatively(i18n.language, nextAttemptAt, now) })
      : t('nextAttempt.soon', { attempt }),
  };
}

/** What a run's error is called. */
export function useRunErrorName(): (code: BackupRunErrorCode) => string {
  const { t } = useTranslation('words');
  return (code) => t(`runError.${code}.title`, t('runError.UNKNOWN.title'));
}
