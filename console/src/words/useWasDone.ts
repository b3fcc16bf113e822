import type { Outcome } from '../api/useAction';
import { tell } from '../ui/notices';
import { useComplaint } from './useComplaint';

type Done<Data> = Extract<Outcome<Data>, { kind: 'done' }>;

/** Whether a change was made; where it was not, people are told `what` has not happened, and why. */
export function useWasDone(): <Data>(outcome: Outcome<Data>, what: string) => outcome is Done<Data> {
  const complaint = useComplaint();
  return (outcome, what): outcome is Done<never> => {
    if (outcome.kind === 'failed') {
      tell(outcome);
    }
    if (outcome.kind === 'refused') {
      tell({ kind: 'refused', text: what, details: outcome.errors.map(complaint) });
    }
    return outcome.kind === 'done';
  };
}
