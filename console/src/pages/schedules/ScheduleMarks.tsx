import { useTranslation } from 'react-i18next';
import { exactly } from '../../time/formats';
import { Badge } from '../../ui/Badge';

interface Props {
  schedule: { becameStaleAt?: string | null; disabledReason?: string | null };
}

/** What is wrong with a schedule: no complete set for long, or disabled by the server itself. */
export function ScheduleMarks({ schedule: { becameStaleAt, disabledReason } }: Props) {
  const { t, i18n } = useTranslation('schedules');
  return (
    <>
      {becameStaleAt != null && (
        <span title={t('stale.since', { when: exactly(i18n.language, becameStaleAt) })}>
          <Badge tone="warning">{t('stale.mark')}</Badge>
        </span>
      )}
      {disabledReason != null && (
        <span className="schedule-reason">
          {t('disabledBy')} <span lang="en">{disabledReason}</span>
        </span>
      )}
    </>
  );
}
