import { CircleStop } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAction } from '../api/useAction';
import { graphql } from '../gql';
import type { BackupRunStatus } from '../gql/graphql';
import { Button } from '../ui/Button';
import { Confirm } from '../ui/Confirm';
import { isActive } from '../words/statuses';
import { useWasDone } from '../words/useWasDone';
import { useMay } from './tenant';

const CANCEL = graphql(`
  mutation CancelRun($input: CancelBackupScheduleRunInput!) {
    cancelBackupScheduleRun(input: $input) {
      run {
        id
        status
        cancelRequestedAt
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

interface Props {
  run: { id: string; status: BackupRunStatus; cancelRequestedAt?: string | null };
  /** What the run is called here, for the question. */
  name: string;
  size?: 'usual' | 'small';
}

/** The way to stop an active run; that it is stopping, once somebody asked for it. */
export function CancelRun({ run, name, size }: Props) {
  const { t } = useTranslation('words');
  const may = useMay();
  const wasDone = useWasDone();
  const { perform, isPending } = useAction(CANCEL);
  const [isAsking, setAsking] = useState(false);
  if (!isActive(run.status)) {
    return null;
  }
  if (run.cancelRequestedAt != null) {
    return (
      <span className="quiet" role="status">
        {t('cancelRun.stopping')}
      </span>
    );
  }
  if (!may('CANCEL_RUN')) {
    return null;
  }
  const cancel = async () => {
    const outcome = await perform({ input: { runId: run.id } });
    setAsking(false);
    wasDone(outcome, t('cancelRun.notDone'));
  };
  return (
    <>
      <Button size={size} onPress={() => setAsking(true)}>
        <CircleStop aria-hidden size={16} />
        {t('cancelRun.offer')}
      </Button>
      <Confirm
        isOpen={isAsking}
        title={t('cancelRun.title')}
        action={t('cancelRun.action')}
        back={t('cancelRun.back')}
        isPending={isPending}
        onConfirm={() => void cancel()}
        onClose={() => setAsking(false)}
      >
        <p>{t('cancelRun.text', { name })}</p>
      </Confirm>
    </>
  );
}
