import { useTranslation } from 'react-i18next';
import { useTold, type Told } from '../../i18n/useTold';
import { useRunErrorName } from '../../words/runs';
import type { Notification } from './documents';
import { storyOf } from './story';

interface Wording {
  title: Told;
  /** Empty when the title says it all. */
  text: Told;
  /** What the server says, in English, where the text above is not it: it may name more. Null otherwise. */
  original: string | null;
}

/** A notification in the reader's language. */
export function useWording({ kind, title, body, subject, tenant }: Notification): Wording {
  const { t } = useTranslation('notifications');
  const told = useTold();
  const errorName = useRunErrorName();
  const story = storyOf(kind, subject);
  const text = told(`notification.${kind}.${story.text}`, body);
  const isOwn = text.text !== body;
  const errorCode = subject?.__typename === 'BackupScheduleRun' ? subject.errorCode : null;
  const cause = isOwn && errorCode != null ? [t('cause', { error: errorName(errorCode) })] : [];
  return {
    title: told(`notification.${kind}.${story.title}`, title, { name: story.schedule ?? tenant.name }),
    text: { ...text, text: [...cause, text.text].join(' ') },
    original: isOwn && body !== '' ? body : null,
  };
}
