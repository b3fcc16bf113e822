import { useTranslation } from 'react-i18next';
import { useTold, type Told } from '../../i18n/useTold';
import { useRunErrorName } from '../../words/runs';
import type { Notification } from './documents';

interface Wording {
  title: Told;
  /** Empty when the title says it all. */
  text: Told;
  /** What the server says, in English, where the text above is not it: it may name more. Null otherwise. */
  original: string | null;
}

/** The schedule that a notification is about; null for the tenant as a whole, and for what is gone. */
function scheduleOf(subject: Notification['subject']): string | null {
  switch (subject?.__typename) {
    case 'BackupScheduleRun':
      return subject.schedule.name;
    case 'BackupSchedule':
      return subject.name;
    default:
      return null;
  }
}

/** A notification in the reader's language. */
export function useWording({ kind, title, body, subject, tenant }: Notification): Wording {
  const { t } = useTranslation('notifications');
  const told = useTold();
  const errorName = useRunErrorName();
  const schedule = scheduleOf(subject);
  const text = told(`notification.${kind}.text`, body);
  const isOwn = text.text !== body;
  const errorCode = subject?.__typename === 'BackupScheduleRun' ? subject.errorCode : null;
  const cause = isOwn && errorCode != null ? [t('cause', { error: errorName(errorCode) })] : [];
  return {
    title:
      schedule === null
        ? told(`notification.${kind}.titleOfTenant`, title, { name: tenant.name })
        : told(`notification.${kind}.title`, title, { name: schedule }),
    text: { ...text, text: [...cause, text.text].join(' ') },
    original: isOwn && body !== '' ? body : null,
  };
}
