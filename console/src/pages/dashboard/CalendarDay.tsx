import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { day as dayName } from '../../time/formats';
import { outcomeOf, OUTCOMES, type Day } from './calendar';
import { OutcomeMark } from './Legend';

/** What happened on a day, in words. */
export function useDayText(): (day: Day) => string {
  const { t, i18n } = useTranslation('dashboard');
  return (day) => {
    const counts = OUTCOMES.filter((outcome) => day[outcome] > 0).map((outcome) =>
      t(`calendar.counted.${outcome}`, { count: day[outcome] }),
    );
    const text = counts.length === 0 ? t('calendar.noRuns') : counts.join(', ');
    return `${dayName(i18n.language, day.date)}: ${text}`;
  };
}

interface Props {
  day: Day;
  tenantId: string;
  /** Whether the Tab key stops here. */
  isStop: boolean;
  onFocus: () => void;
}

export function CalendarDay({ day, tenantId, isStop, onFocus }: Props) {
  const text = useDayText()(day);
  const outcome = outcomeOf(day);
  return (
    <Link
      to={`/tenants/${tenantId}/runs?from=${day.date}&to=${day.date}`}
      className={`calendar-day outcome-${outcome}`}
      data-date={day.date}
      tabIndex={isStop ? 0 : -1}
      title={text}
      aria-label={text}
      onFocus={onFocus}
    >
      <OutcomeMark outcome={outcome} />
    </Link>
  );
}
