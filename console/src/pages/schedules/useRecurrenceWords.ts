import { useTranslation } from 'react-i18next';
import type { Weekday } from '../../gql/graphql';
import type { Recurrence } from './draft';

export const WEEKDAYS: readonly Weekday[] = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];
const WORKING_DAYS = WEEKDAYS.slice(0, 5);

/** What a day of the week is called: 1 January 2024 was a Monday. */
export function weekdayName(language: string, day: Weekday, style: 'short' | 'long'): string {
  const date = new Date(Date.UTC(2024, 0, 1 + WEEKDAYS.indexOf(day)));
  return new Intl.DateTimeFormat(language, { weekday: style, timeZone: 'UTC' }).format(date);
}

/** When a schedule fires, in words: `Mon and Thu at 02:30, Europe/Berlin`. */
export function useRecurrenceWords(): (recurrence: Recurrence) => string {
  const { t, i18n } = useTranslation('schedules');
  const short = (day: Weekday) => weekdayName(i18n.language, day, 'short');
  return ({ frequency, weekdays, timeOfDay, timeZone }) => {
    const at = { time: timeOfDay, zone: timeZone.replaceAll('_', ' ') };
    if (frequency === 'DAILY' || weekdays.length === WEEKDAYS.length) {
      return t('recurrence.daily', at);
    }
    const isWorkingDays = weekdays.length === WORKING_DAYS.length && WORKING_DAYS.every((day) => weekdays.includes(day));
    const days = isWorkingDays
      ? `${short('MONDAY')}–${short('FRIDAY')}`
      : new Intl.ListFormat(i18n.language).format(WEEKDAYS.filter((day) => weekdays.includes(day)).map(short));
    return t('recurrence.weekly', { days, ...at });
  };
}
