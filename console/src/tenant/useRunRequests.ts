/** Asking for a run: by hand, or in place of one that failed. Both lead to the run's page. */

import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { newKey } from '../api/newKey';
import { useAction, type Outcome } from '../api/useAction';
import { graphql } from '../gql';
import { tell } from '../ui/notices';
import { useComplaint } from '../words/useComplaint';
import { useTenant } from './tenant';

const START = graphql(`
  mutation StartRun($input: RunBackupScheduleNowInput!) {
    runBackupScheduleNow(input: $input) {
      run {
        id
      }
      activeRun {
        id
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

const RETRY = graphql(`
  mutation RetryRun($input: RetryBackupScheduleRunInput!) {
    retryBackupScheduleRun(input: $input) {
      run {
        id
      }
      activeRun {
        id
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

interface Answer {
  run?: { id: string } | null;
  activeRun?: { id: string } | null;
}

export interface RunRequests {
  start: (scheduleId: string, fullRead: boolean) => Promise<void>;
  retry: (runId: string) => Promise<void>;
  isPending: boolean;
}

export function useRunRequests(): RunRequests {
  const { t } = useTranslation('runs');
  const { id } = useTenant();
  const navigate = useNavigate();
  const complaint = useComplaint();
  const starting = useAction(START);
  const retrying = useAction(RETRY);

  const settle = async (outcome: Outcome<{ answer: Answer }>) => {
    if (outcome.kind === 'failed') {
      tell(outcome);
      return;
    }
    const { run, activeRun } = outcome.payload;
    if (outcome.kind === 'refused') {
      tell({ kind: 'refused', text: t('notStarted'), details: outcome.errors.map(complaint) });
    }
    const leadsTo = run ?? activeRun;
    if (leadsTo != null) {
      await navigate(`/tenants/${id}/runs/${leadsTo.id}`);
    }
  };

  return {
    start: async (scheduleId, fullRead) =>
      settle(await starting.perform({ input: { scheduleId, fullRead, idempotencyKey: newKey() } })),
    retry: async (runId) => settle(await retrying.perform({ input: { runId, idempotencyKey: newKey() } })),
    isPending: starting.isPending || retrying.isPending,
  };
}
