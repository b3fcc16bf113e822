import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAction } from '../../api/useAction';
import type { TenantRole } from '../../gql/graphql';
import { Button } from '../../ui/Button';
import { Choice } from '../../ui/fields';
import { FormDialog } from '../../ui/FormDialog';
import { tell } from '../../ui/notices';
import { Refusals } from '../../ui/Refusals';
import { ROLES, useRoleName } from '../../words/roles';
import { useComplaints } from '../../words/useComplaints';
import { useWasDone } from '../../words/useWasDone';
import { CHANGE_ROLE, type Member } from './documents';

interface Props {
  member: Member;
  /** Whether it is the caller's own role. */
  isSelf: boolean;
  onClose: () => void;
}

export function ChangeRole({ member: { id, role: before, user }, isSelf, onClose }: Props) {
  const { t } = useTranslation(['members', 'common']);
  const roleName = useRoleName();
  const wasDone = useWasDone();
  const { perform, isPending } = useAction(CHANGE_ROLE);
  const complaints = useComplaints(['role', 'memberId']);
  const [role, setRole] = useState<TenantRole>(before);
  const submit = async () => {
    const outcome = await perform({ id, role });
    switch (outcome.kind) {
      case 'failed':
        return tell(outcome);
      case 'refused':
        return complaints.set(outcome.errors);
      case 'done': {
        const undo = async () => {
          wasDone(await perform({ id, role: before }), t('change.notDone', { name: user.displayName }));
        };
        tell({
          kind: 'done',
          text: t('change.done', { name: user.displayName, role: roleName(role) }),
          // Whoever has given up the right to change roles cannot take it back.
          undo: isSelf ? undefined : () => void undo(),
        });
        return onClose();
      }
    }
  };
  return (
    <FormDialog isOpen title={t('change.title', { name: user.displayName })} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Choice<TenantRole>
          label={t('role')}
          hint={t(`roleHint.${role}`)}
          complaint={complaints.at('role') ?? complaints.at('memberId')}
          value={role}
          options={ROLES.map((value) => ({ value, text: roleName(value) }))}
          onChange={(chosen) => {
            setRole(chosen);
            complaints.set([]);
          }}
        />
        {isSelf && role !== before && <p className="note note-warning">{t('change.self')}</p>}
        <Refusals texts={complaints.elsewhere} />
        <div className="actions">
          <Button onPress={onClose}>{t('common:cancel')}</Button>
          <Button type="submit" weight="primary" isPending={isPending} isDisabled={role === before}>
            {t('change.action')}
          </Button>
        </div>
      </form>
    </FormDialog>
  );
}
