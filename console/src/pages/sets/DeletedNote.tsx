import { Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { Button } from '../../ui/Button';
import { useActorName } from '../../words/actors';
import type { BackupSet } from './Set';
import { useDeletion } from './useDeletion';

/** That a set is deleted, for how long it can be brought back, and the way back. */
export function DeletedNote({ set }: { set: BackupSet }) {
  const { t } = useTranslation('sets');
  const may = useMay();
  const actorName = useActorName();
  const { undelete, isPending } = useDeletion(set);
  return (
    <div className="note note-warning">
      <Trash2 aria-hidden size={20} />
      <div>
        <p className="note-title">
          {t(set.deletionReason === 'RETENTION' ? 'deletedByRetention' : 'deletedBy', { name: set.deletedBy == null ? '' : actorName(set.deletedBy) })}{' '}
          <Moment instant={set.deletedAt} />
        </p>
        <p>
          {t('purgedAt')} <Moment instant={set.purgeAt} as="both" />
        </p>
        {may('MANAGE_BACKUP_SETS') && (
          <Button size="small" isPending={isPending} onPress={undelete}>
            {t('undelete')}
          </Button>
        )}
      </div>
    </div>
  );
}
