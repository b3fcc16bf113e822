import { useTranslation } from 'react-i18next';
import { useAction, type Outcome } from '../../api/useAction';
import { tell } from '../../ui/notices';
import { useComplaint } from '../../words/useComplaint';
import { DELETE, UNDELETE } from './documents';
import type { BackupSet } from './Set';

interface Deletion {
  remove: () => Promise<void>;
  undelete: () => Promise<void>;
  isPending: boolean;
}

/** Deleting a set, and bringing it back: each undoes the other. */
export function useDeletion({ id }: BackupSet): Deletion {
  const { t } = useTranslation('sets');
  const complaint = useComplaint();
  const removing = useAction(DELETE);
  const undeleting = useAction(UNDELETE);

  const settle = <Data extends object>(outcome: Outcome<Data>, refused: string): boolean => {
    if (outcome.kind === 'failed') {
      tell(outcome);
    } else if (outcome.kind === 'refused') {
      tell({ kind: 'refused', text: refused, details: outcome.errors.map(complaint) });
    }
    return outcome.kind === 'done';
  };
  const undelete = async () => {
    if (settle(await undeleting.perform({ input: { backupSetId: id } }), t('notUndeleted'))) {
      tell({ kind: 'done', text: t('undeleted') });
    }
  };
  const remove = async () => {
    if (settle(await removing.perform({ input: { backupSetId: id } }), t('notDeleted'))) {
      tell({ kind: 'done', text: t('deletedNow'), undo: () => void undelete() });
    }
  };
  return { remove, undelete, isPending: removing.isPending || undeleting.isPending };
}
