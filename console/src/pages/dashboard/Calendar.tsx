import { useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenant } from '../../tenant/tenant';
import { day as dayName } from '../../time/formats';
import { moved, weeksOf, type Day, type Week } from './calendar';
import { CalendarDay, useDayText } from './CalendarDay';
import { Legend } from './Legend';

/** A Monday, to name the days of the week by. */
const SOME_MONDAY = Date.UTC(2024, 0, 1);
const ONE_DAY = 86_400_000;

function WeekdayNames() {
  const { t, i18n } = useTranslation('dashboard');
  const name = (weekday: number, style: 'long' | 'short') =>
    new Intl.DateTimeFormat(i18n.language, { weekday: style, timeZone: 'UTC' }).format(SOME_MONDAY + weekday * ONE_DAY);
  return (
    <div role="row" className="calendar-week calendar-names">
      <span role="columnheader" className="calendar-month">
        <span className="visually-hidden">{t('calendar.week')}</span>
      </span>
      {Array.from({ length: 7 }, (_, weekday) => (
        <span key={weekday} role="columnheader" aria-label={name(weekday, 'long')}>
          {name(weekday, 'short')}
        </span>
      ))}
    </div>
  );
}

function WeekName({ week }: { week: Week }) {
  const { t, i18n } = useTranslation('dashboard');
  const first = week.days.find((day) => day !== null);
  return (
    <span role="rowheader" className="calendar-month">
      <span className="visually-hidden">{t('calendar.weekOf', { day: dayName(i18n.language, first?.date ?? '') })}</span>
      <span aria-hidden>
        {week.monthOf !== null &&
          new Intl.DateTimeFormat(i18n.language, { month: 'short', timeZone: 'UTC' }).format(new Date(`${week.monthOf}T00:00:00Z`))}
      </span>
    </span>
  );
}

/**
 * The last days, each in the colour of its outcome and with its mark. One stop for the Tab key;
 * arrow keys lead from day to day. The style sheet decides whether weeks run across or down.
 */
export function Calendar({ days }: { days: readonly Day[] }) {
  const { t } = useTranslation('dashboard');
  const { id } = useTenant();
  const dayText = useDayText();
  const grid = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(days.length - 1);
  const current = days[at] ?? days.at(-1);
  const onKeyDown = (event: KeyboardEvent) => {
    if (grid.current === null || current === undefined) {
      return;
    }
    const weeksRunAcross = getComputedStyle(grid.current).flexDirection === 'row';
    const target = days[moved(event.key, days.indexOf(current), days.length, weeksRunAcross) ?? -1];
    if (target !== undefined) {
      event.preventDefault();
      grid.current.querySelector<HTMLElement>(`[data-date="${target.date}"]`)?.focus();
    }
  };
  return (
    <>
      {/* Its days take the focus; what they do not use of the keyboard moves it. */}
      <div role="grid" tabIndex={-1} ref={grid} className="calendar" aria-label={t('calendar.label')} onKeyDown={onKeyDown}>
        <WeekdayNames />
        {weeksOf(days).map((week, index) => (
          <div key={index} role="row" className="calendar-week">
            <WeekName week={week} />
            {week.days.map((day, weekday) =>
              day === null ? (
                <span key={weekday} role="gridcell" />
              ) : (
                <span key={weekday} role="gridcell">
                  <CalendarDay
                    day={day}
                    tenantId={id}
                    isStop={day === current}
                    onFocus={() => setAt(days.indexOf(day))}
                  />
                </span>
              ),
            )}
          </div>
        ))}
      </div>
      {current !== undefined && (
        <p className="quiet small calendar-text" aria-hidden>
          {dayText(current)}
        </p>
      )}
      <Legend />
    </>
  );
}
