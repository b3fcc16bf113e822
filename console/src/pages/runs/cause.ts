import type { BackupRunErrorCode } from '../../gql/graphql';
import { awaitsAttempt } from '../../words/runs';
import type { KindResult, ShownRun } from './run';

interface Cause {
  code: BackupRunErrorCode;
  message: string | null | undefined;
}

type Failed = Pick<ShownRun, 'status' | 'attempt' | 'errorCode' | 'errorMessage'> & {
  policyTypeResults: readonly Pick<KindResult, 'errorCode' | 'errorMessage'>[];
};

/**
 * Why a run failed, or its last attempt. Between attempts only the kinds have errors: the most
 * frequent one stands for them, the first of those that are as frequent.
 */
export function causeOf(run: Failed): Cause | null {
  if (run.errorCode != null) {
    return { code: run.errorCode, message: run.errorMessage };
  }
  if (!awaitsAttempt(run)) {
    return null;
  }
  const found = new Map<BackupRunErrorCode, { count: number; message: Cause['message'] }>();
  for (const { errorCode, errorMessage } of run.policyTypeResults) {
    if (errorCode != null) {
      const before = found.get(errorCode);
      found.set(errorCode, { count: (before?.count ?? 0) + 1, message: before?.message ?? errorMessage });
    }
  }
  const [first] = [...found].sort(([, one], [, other]) => other.count - one.count);
  return first === undefined ? null : { code: first[0], message: first[1].message };
}
