import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useAction } from '../../api/useAction';
import { useTenant } from '../../tenant/tenant';
import { Confirm } from '../../ui/Confirm';
import { tell } from '../../ui/notices';
import { Refusals } from '../../ui/Refusals';
import { useComplaints } from '../../words/useComplaints';
import { REMOVE_MEMBER, type Member } from './documents';

interface Props {
  member: Member;
  /** Whether the caller leaves. */
  isSelf: boolean;
  onClose: () => void;
}

export function RemoveMember({ member: { id, user }, isSelf, onClose }: Props) {
  const { t } = useTranslation('members');
  const tenant = useTenant();
  const navigate = useNavigate();
  const { perform, isPending } = useAction(REMOVE_MEMBER);
  const complaints = useComplaints([]);
  const names = { name: user.displayName, tenant: tenant.name };
  const confirm = async () => {
    const outcome = await perform({ id });
    switch (outcome.kind) {
      case 'failed':
        return tell(outcome);
      case 'refused':
        return complaints.set(outcome.errors);
      case 'done':
        onClose();
        tell({ kind: 'done', text: t(isSelf ? 'leave.done' : 'remove.done', names) });
        return isSelf ? navigate('/') : undefined;
    }
  };
  return (
    <Confirm
      isOpen
      title={t(isSelf ? 'leave.title' : 'remove.title', names)}
      action={t(isSelf ? 'leave.action' : 'remove.action')}
      name={isSelf ? tenant.name : user.displayName}
      isPending={isPending}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{t(isSelf ? 'leave.text' : 'remove.text', names)}</p>
      <Refusals texts={complaints.elsewhere} />
    </Confirm>
  );
}
