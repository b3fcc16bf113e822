import { useTranslation } from 'react-i18next';
import { useAction } from '../../api/useAction';
import { useTenant } from '../../tenant/tenant';
import { Confirm } from '../../ui/Confirm';
import { tell } from '../../ui/notices';
import { useWasDone } from '../../words/useWasDone';
import { REMOVE_CREDENTIAL } from './documents';

export function RemoveCredential({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('credential');
  const { id, name } = useTenant();
  const wasDone = useWasDone();
  const { perform, isPending } = useAction(REMOVE_CREDENTIAL);
  const confirm = async () => {
    const outcome = await perform({ id });
    onClose();
    if (wasDone(outcome, t('remove.notDone'))) {
      tell({ kind: 'done', text: t('remove.done') });
    }
  };
  return (
    <Confirm
      isOpen
      title={t('remove.title', { name })}
      action={t('remove.action')}
      name={name}
      isPending={isPending}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{t('remove.text')}</p>
    </Confirm>
  );
}
