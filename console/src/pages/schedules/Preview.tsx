import { TriangleAlert } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { graphql } from '../../gql';
import { useTenant } from '../../tenant/tenant';
import { OWN_ZONE } from '../../time/formats';
import { Loaded } from '../../ui/Loaded';
import { Skeleton } from '../../ui/Skeleton';
import { recurrenceInput, type Recurrence } from './draft';
import { clockChange, slotText, timeThere } from './slots';
import { useSettled } from './useSettled';

const PREVIEW = graphql(`
  query RecurrencePreview($tenantId: ID!, $recurrence: BackupScheduleRecurrenceInput!) {
    tenant(id: $tenantId) {
      id
      recurrencePreview(recurrence: $recurrence, count: 5)
    }
  }
`);

interface SlotProps {
  instant: string;
  recurrence: Recurrence;
  /** Whether the slot is one of this recurrence, and not still of the one before. */
  isCurrent: boolean;
}

function Slot({ instant, recurrence: { timeOfDay, timeZone }, isCurrent }: SlotProps) {
  const { t, i18n } = useTranslation('schedules');
  const change = isCurrent ? clockChange(instant, timeOfDay, timeZone) : null;
  return (
    <li className="slot">
      <time dateTime={instant}>{slotText(i18n.language, instant, timeZone)}</time>
      {timeZone !== OWN_ZONE && <span className="quiet">{slotText(i18n.language, instant, OWN_ZONE)}</span>}
      {change !== null && (
        <span className="slot-mark">
          <TriangleAlert aria-hidden size={14} />
          {t(`clocks.${change}`, { wanted: timeOfDay, time: timeThere(instant, timeZone) })}
        </span>
      )}
    </li>
  );
}

/** The next five runs that a recurrence makes, in its own zone and in one's own. */
export function Preview({ recurrence }: { recurrence: Recurrence }) {
  const { t } = useTranslation('schedules');
  const { id: tenantId } = useTenant();
  const settled = useSettled(recurrence);
  const isComplete = settled.frequency === 'DAILY' || settled.weekdays.length > 0;
  const input = useMemo(() => recurrenceInput(settled), [settled]);
  const query = useQuery({
    query: PREVIEW,
    variables: { tenantId, recurrence: input },
    pause: !isComplete,
    requestPolicy: 'network-only',
  });
  if (!isComplete) {
    return <p className="quiet">{t('preview.chooseDays')}</p>;
  }
  return (
    <div className="preview">
      <p className="preview-zones small">
        <span>{settled.timeZone}</span>
        {settled.timeZone !== OWN_ZONE && <span className="quiet">{t('preview.own', { zone: OWN_ZONE })}</span>}
      </p>
      <Loaded query={query} skeleton={<Skeleton lines={5} />}>
        {({ tenant }) => (
          <ol className="slots" aria-label={t('preview.title')}>
            {tenant?.recurrencePreview.map((instant) => <Slot key={instant} instant={instant} recurrence={settled} isCurrent={!query[0].fetching} />)}
          </ol>
        )}
      </Loaded>
      {settled.spreadMinutes > 0 && <p className="quiet small">{t('preview.spread', { count: settled.spreadMinutes })}</p>}
    </div>
  );
}
