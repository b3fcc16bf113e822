import { useTranslation } from 'react-i18next';
import { useAction } from '../../api/useAction';
import { Confirm } from '../../ui/Confirm';
import { tell } from '../../ui/notices';
import { useWasDone } from '../../words/useWasDone';
import { REVOKE_TOKEN, type Token } from './documents';

export function RevokeToken({ token: { id, name }, onClose }: { token: Token; onClose: () => void }) {
  const { t } = useTranslation('tokens');
  const wasDone = useWasDone();
  const { perform, isPending } = useAction(REVOKE_TOKEN);
  const confirm = async () => {
    const outcome = await perform({ id });
    onClose();
    if (wasDone(outcome, t('revoke.notDone', { name }))) {
      tell({ kind: 'done', text: t('revoke.done', { name }) });
    }
  };
  return (
    <Confirm
      isOpen
      title={t('revoke.title', { name })}
      action={t('revoke.action')}
      name={name}
      isPending={isPending}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{t('revoke.text')}</p>
    </Confirm>
  );
}
