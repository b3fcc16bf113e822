import { useTranslation } from 'react-i18next';
import { useAction } from '../../api/useAction';
import { tell } from '../../ui/notices';
import { useWasDone } from '../../words/useWasDone';
import { MARK, MARK_ALL } from './documents';

interface Marking {
  /** Marks some read or unread, and offers the way back. */
  mark: (ids: string[], isRead: boolean) => Promise<void>;
  /** Marks one read that was opened. That it was is plain to see. */
  opened: (id: string) => Promise<void>;
  /** Marks all read, on every page, that were made until an instant: what came later was not seen. */
  markAll: (tenantId: string | null, upTo: string) => Promise<void>;
  isPending: boolean;
}

export function useMarking(): Marking {
  const { t } = useTranslation('notifications');
  const wasDone = useWasDone();
  const marking = useAction(MARK);
  const markingAll = useAction(MARK_ALL);

  const turn = async (ids: string[], isRead: boolean) => wasDone(await marking.perform({ ids, isRead }), t('notMarked'));

  return {
    mark: async (ids, isRead) => {
      if (await turn(ids, isRead)) {
        tell({
          kind: 'done',
          text: t(isRead ? 'marked.read' : 'marked.unread', { count: ids.length }),
          undo: () => void turn(ids, !isRead),
        });
      }
    },
    opened: async (id) => {
      await turn([id], true);
    },
    markAll: async (tenantId, upTo) => {
      const outcome = await markingAll.perform({ tenantId, upTo });
      if (wasDone(outcome, t('notMarked'))) {
        tell({ kind: 'done', text: t('marked.read', { count: outcome.payload.markedCount }) });
      }
    },
    isPending: marking.isPending || markingAll.isPending,
  };
}
