import { RotateCcw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { BackupRunStatus } from '../../gql/graphql';
import { CancelRun } from '../../tenant/CancelRun';
import { useMay, useTenant } from '../../tenant/tenant';
import { useRunRequests } from '../../tenant/useRunRequests';
import { Button, LinkButton } from '../../ui/Button';
import type { ShownRun } from './run';

const RETRYABLE: readonly BackupRunStatus[] = ['FAILED', 'PARTIAL', 'CANCELLED'];

/** What the caller may do with a run as it is now. */
export function RunActions({ run }: { run: ShownRun }) {
  const { t } = useTranslation('runs');
  const may = useMay();
  const at = `/tenants/${useTenant().id}`;
  const { retry, isPending } = useRunRequests();
  const { id, status, retriedBy, backupSet, schedule } = run;
  const isRetryable = RETRYABLE.includes(status) && retriedBy == null && schedule.deletedAt == null;
  return (
    <>
      {backupSet != null && (
        <LinkButton to={`${at}/sets/${backupSet.id}`}>{t(backupSet.deletedAt == null ? 'set' : 'deletedSet')}</LinkButton>
      )}
      {retriedBy != null && <LinkButton to={`${at}/runs/${retriedBy.id}`}>{t('toRetry')}</LinkButton>}
      {isRetryable && may('START_RUN') && (
        <Button weight="primary" isPending={isPending} onPress={() => void retry(id)}>
          <RotateCcw aria-hidden size={16} />
          {t('retry')}
        </Button>
      )}
      <CancelRun run={run} name={schedule.name} />
    </>
  );
}
