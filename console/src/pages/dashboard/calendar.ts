/** The days of a calendar of runs, in weeks that begin on Monday. */

import type { RunCalendarQuery } from '../../gql/graphql';

export type Day = NonNullable<RunCalendarQuery['tenant']>['runCalendar'][number];

/** What a day is remembered for: the worst that happened on it. */
export type Outcome = 'failed' | 'partial' | 'notRun' | 'succeeded' | 'none';

/** The outcomes that a run can have, the worst first. */
export const OUTCOMES = ['failed', 'partial', 'notRun', 'succeeded'] as const;

export function outcomeOf(day: Day): Outcome {
  return OUTCOMES.find((outcome) => day[outcome] > 0) ?? 'none';
}

const LENGTH = 7;

/** Monday is 0. */
function weekdayOf(date: string): number {
  return (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % LENGTH;
}

export interface Week {
  days: (Day | null)[];
  /** The day of this week that a month begins with, or the calendar itself. */
  monthOf: string | null;
}

/** Whole weeks: days before the first and after the last one are null. */
export function weeksOf(days: readonly Day[]): Week[] {
  const [first] = days;
  if (first === undefined) {
    return [];
  }
  const before = Array.from<null>({ length: weekdayOf(first.date) }).fill(null);
  const all: (Day | null)[] = [...before, ...days];
  const after = (LENGTH - (all.length % LENGTH)) % LENGTH;
  all.push(...Array.from<null>({ length: after }).fill(null));
  return Array.from({ length: all.length / LENGTH }, (_, week) => {
    const ofWeek = all.slice(week * LENGTH, (week + 1) * LENGTH);
    const begins = ofWeek.find((day) => day?.date.endsWith('-01') === true) ?? (week === 0 ? first : null);
    return { days: ofWeek, monthOf: begins?.date ?? null };
  });
}

/** The day that a key leads to; null when it leads nowhere. */
export function moved(key: string, at: number, count: number, weeksRunAcross: boolean): number | null {
  const [nextDay, previousDay, nextWeek, previousWeek] = weeksRunAcross
    ? ['ArrowDown', 'ArrowUp', 'ArrowRight', 'ArrowLeft']
    : ['ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp'];
  const last = count - 1;
  const targets: Record<string, number | undefined> = {
    [nextDay]: at + 1,
    [previousDay]: at - 1,
    [nextWeek]: at + LENGTH,
    [previousWeek]: at - LENGTH,
    Home: 0,
    End: last,
  };
  const target = targets[key];
  return target === undefined || target < 0 || target > last ? null : target;
}
