import { useTranslation } from 'react-i18next';
import { useAction } from '../../api/useAction';
import { graphql } from '../../gql';
import { Confirm } from '../../ui/Confirm';
import { tell } from '../../ui/notices';
import { useComplaint } from '../../words/useComplaint';

const DELETE = graphql(`
  mutation DeleteSchedule($input: DeleteBackupScheduleInput!) {
    deleteBackupSchedule(input: $input) {
      deletedScheduleId
      userErrors {
        code
        message
        path
      }
    }
  }
`);

interface Props {
  schedule: { id: string; name: string; revision: number };
  isOpen: boolean;
  onClose: () => void;
  onDeleted: () => void;
}

/** Asks for the name before a schedule is deleted, which cannot be undone. */
export function DeleteSchedule({ schedule: { id, name, revision }, isOpen, onClose, onDeleted }: Props) {
  const { t } = useTranslation('schedules');
  const complaint = useComplaint();
  const { perform, isPending } = useAction(DELETE);
  const confirm = async () => {
    const outcome = await perform({ input: { scheduleId: id, expectedRevision: revision } });
    onClose();
    switch (outcome.kind) {
      case 'failed':
        return tell(outcome);
      case 'refused':
        return tell({ kind: 'refused', text: t('notDeleted', { name }), details: outcome.errors.map(complaint) });
      case 'done':
        tell({ kind: 'done', text: t('deleted', { name }) });
        return onDeleted();
    }
  };
  return (
    <Confirm
      isOpen={isOpen}
      title={t('delete.title', { name })}
      action={t('delete.action')}
      name={name}
      isPending={isPending}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{t('delete.text')}</p>
    </Confirm>
  );
}
