import { useTranslation } from 'react-i18next';
import { useAction } from '../../api/useAction';
import { graphql } from '../../gql';
import { tell } from '../../ui/notices';
import { useComplaint } from '../../words/useComplaint';

const ENABLE = graphql(`
  mutation EnableSchedule($input: EnableBackupScheduleInput!) {
    enableBackupSchedule(input: $input) {
      schedule {
        ...ScheduleSettings
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

const DISABLE = graphql(`
  mutation DisableSchedule($input: DisableBackupScheduleInput!) {
    disableBackupSchedule(input: $input) {
      schedule {
        ...ScheduleSettings
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

interface Named {
  id: string;
  name: string;
}

/** Lets a schedule fire or stops it, and offers the way back. Answers whether it was done. */
export function useEnabling(): (schedule: Named, enabled: boolean) => Promise<boolean> {
  const { t } = useTranslation('schedules');
  const complaint = useComplaint();
  const enabling = useAction(ENABLE);
  const disabling = useAction(DISABLE);

  const turn = async ({ id, name }: Named, enabled: boolean, isUndone: boolean): Promise<boolean> => {
    const outcome = await (enabled ? enabling : disabling).perform({ input: { scheduleId: id } });
    switch (outcome.kind) {
      case 'failed':
        tell(outcome);
        return false;
      case 'refused':
        tell({ kind: 'refused', text: t('notChanged', { name }), details: outcome.errors.map(complaint) });
        return false;
      case 'done':
        tell({
          kind: 'done',
          text: t(enabled ? 'nowEnabled' : 'nowDisabled', { name }),
          undo: isUndone ? undefined : () => void turn({ id, name }, !enabled, true),
        });
        return true;
    }
  };
  return (schedule, enabled) => turn(schedule, enabled, false);
}
