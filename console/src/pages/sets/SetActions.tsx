import { Download, ShieldCheck, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useAction } from '../../api/useAction';
import type { VerifySetMutation } from '../../gql/graphql';
import { useMay, useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { Button, LinkButton } from '../../ui/Button';
import { Confirm } from '../../ui/Confirm';
import { FormDialog } from '../../ui/FormDialog';
import { tell } from '../../ui/notices';
import { useKindName } from '../../words/kinds';
import { useComplaint } from '../../words/useComplaint';
import { VERIFY } from './documents';
import { DownloadDialog } from './DownloadDialog';
import type { BackupSet } from './Set';
import { useDeletion } from './useDeletion';

type Damaged = NonNullable<VerifySetMutation['verifyBackupSet']>['damagedItems'];

/** What can be done with a set, as far as the role goes. */
export function SetActions({ set }: { set: BackupSet }) {
  const { t } = useTranslation('sets');
  const { id: tenantId } = useTenant();
  const may = useMay();
  const [isDownloading, setDownloading] = useState(false);
  const exists = set.deletedAt == null;
  return (
    <>
      {set.previous != null && (
        <LinkButton to={`/tenants/${tenantId}/compare?base=${set.previous.id}&target=${set.id}`}>{t('compareWithPrevious')}</LinkButton>
      )}
      {may('VERIFY_BACKUP_SETS') && <Verify set={set} />}
      <Button onPress={() => setDownloading(true)}>
        <Download aria-hidden size={16} />
        {t('download')}
      </Button>
      {exists && may('MANAGE_BACKUP_SETS') && <Delete set={set} />}
      <DownloadDialog set={set} isOpen={isDownloading} onClose={() => setDownloading(false)} />
    </>
  );
}

function Delete({ set }: { set: BackupSet }) {
  const { t } = useTranslation('sets');
  const [isAsking, setAsking] = useState(false);
  const { remove, isPending } = useDeletion(set);
  return (
    <>
      <Button onPress={() => setAsking(true)}>
        <Trash2 aria-hidden size={16} />
        {t('delete')}
      </Button>
      <Confirm
        isOpen={isAsking}
        title={t('deleteTitle')}
        action={t('delete')}
        name={set.schedule.name}
        isPending={isPending}
        onConfirm={async () => {
          await remove();
          setAsking(false);
        }}
        onClose={() => setAsking(false)}
      >
        <p>
          {t('deleteSet')} <Moment instant={set.createdAt} as="exact" />
        </p>
        <p>{t('deleteText')}</p>
      </Confirm>
    </>
  );
}

function Verify({ set }: { set: BackupSet }) {
  const { t } = useTranslation('sets');
  const { id: tenantId } = useTenant();
  const kindName = useKindName();
  const complaint = useComplaint();
  const { perform, isPending } = useAction(VERIFY);
  const [damaged, setDamaged] = useState<Damaged | null>(null);
  const verify = async () => {
    const outcome = await perform({ input: { backupSetId: set.id } });
    if (outcome.kind === 'failed') {
      tell(outcome);
    } else if (outcome.kind === 'refused') {
      tell({ kind: 'refused', text: t('notChecked'), details: outcome.errors.map(complaint) });
    } else if (outcome.payload.isSound === true) {
      tell({ kind: 'done', text: t('isSound', { count: set.itemCount }) });
    } else {
      setDamaged(outcome.payload.damagedItems);
    }
  };
  return (
    <>
      <Button isPending={isPending} onPress={verify}>
        <ShieldCheck aria-hidden size={16} />
        {t('verify')}
      </Button>
      <FormDialog isOpen={damaged !== null} title={t('damagedTitle')} onClose={() => setDamaged(null)}>
        <p>{t('damagedText', { count: set.damagedItemCount })}</p>
        <ul className="damaged">
          {damaged?.map(({ id, name, policyType }) => (
            <li key={id}>
              <Link to={`/tenants/${tenantId}/sets/${set.id}/items/${id}`}>{name}</Link>{' '}
              <span className="quiet">{kindName(policyType)}</span>
            </li>
          ))}
        </ul>
      </FormDialog>
    </>
  );
}
