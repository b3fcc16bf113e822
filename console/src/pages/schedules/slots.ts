/** What the clocks of a zone do to a slot. */

import { parseAbsolute } from '@internationalized/date';

/**
 * `shifted`: the time of day does not exist on that day, so the slot is later by the gap.
 * `repeated`: it exists twice, and the slot is the first of the two.
 * `changed`: the clocks change on that day, at another time.
 */
export type ClockChange = 'shifted' | 'repeated' | 'changed';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

function offset(at: number, zone: string): number {
  return parseAbsolute(new Date(at).toISOString(), zone).offset;
}

/** Wall-clock time of an instant, such as `02:30`. */
export function timeThere(instant: string, zone: string): string {
  const { hour, minute } = parseAbsolute(instant, zone);
  return [hour, minute].map((part) => part.toString().padStart(2, '0')).join(':');
}

export function clockChange(instant: string, timeOfDay: string, zone: string): ClockChange | null {
  if (timeThere(instant, zone) !== timeOfDay) {
    return 'shifted';
  }
  const at = Date.parse(instant);
  const here = offset(at, zone);
  const back = here - offset(at + DAY, zone);
  if (back > 0 && timeThere(new Date(at + back).toISOString(), zone) === timeOfDay) {
    return 'repeated';
  }
  const { hour, minute } = parseAbsolute(instant, zone);
  const sinceMidnight = (hour * 60 + minute) * MINUTE;
  return offset(at - sinceMidnight, zone) === offset(at - sinceMidnight + DAY, zone) ? null : 'changed';
}

/** A slot with its day of the week: `Fri, 27 Nov, 02:30`. The next few need no year. */
export function slotText(language: string, instant: string, zone: string): string {
  return new Intl.DateTimeFormat(language, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
  }).format(new Date(instant));
}
