/**
 * Which words fit a notification. What has several stories and does not show which, such as when and
 * whether a credential has expired, has none: there the server's own text is shown.
 */

import type { NotificationKind } from '../../gql/graphql';
import type { Notification } from './documents';

interface Story {
  /** The schedule that it is about; null for the tenant as a whole, and for what is gone. */
  schedule: string | null;
  title: 'title' | 'titleOfDeleted' | 'titleOfTenant';
  text: 'text' | 'textOfDeleted';
}

export function storyOf(kind: NotificationKind, subject: Notification['subject']): Story {
  switch (subject?.__typename) {
    case 'BackupScheduleRun':
      return { schedule: subject.schedule.name, title: 'title', text: 'text' };
    case 'BackupSchedule':
      return kind === 'SCHEDULE_STOPPED' && subject.deletedAt != null
        ? { schedule: subject.name, title: 'titleOfDeleted', text: 'textOfDeleted' }
        : { schedule: subject.name, title: 'title', text: 'text' };
    default:
      return { schedule: null, title: 'titleOfTenant', text: 'text' };
  }
}
