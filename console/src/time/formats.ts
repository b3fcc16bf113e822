/** Instants, days and spans as people write them in the console's language. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Seconds that the page's clock may lag behind (`now.ts`), with the server's a little ahead: no more is told than “now”. */
const NEAR = 15;

export const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** An instant to the minute with its zone, such as `26 Nov 2026, 14:05 CET`. */
export function exactly(language: string, instant: string, zone: string = OWN_ZONE): string {
  return new Intl.DateTimeFormat(language, {
    dateStyle: undefined,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    timeZone: zone,
  }).format(new Date(instant));
}

/** How far an instant is from now, in its largest unit: `3 hours ago`, `in 5 minutes`. */
export function relatively(language: string, instant: string, now: number): string {
  const seconds = Math.round((new Date(instant).getTime() - now) / 1000);
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const far = Math.abs(seconds);
  if (far < NEAR) {
    return format.format(0, 'second');
  }
  if (far < 45) {
    return format.format(seconds, 'second');
  }
  if (far < 45 * MINUTE) {
    return format.format(Math.round(seconds / MINUTE), 'minute');
  }
  if (far < 22 * HOUR) {
    return format.format(Math.round(seconds / HOUR), 'hour');
  }
  if (far < 60 * DAY) {
    return format.format(Math.round(seconds / DAY), 'day');
  }
  return format.format(Math.round(seconds / (30 * DAY)), 'month');
}

/** Days from one to another, by the calendar of one's own zone. */
function daysBetween(from: Date, to: Date): number {
  const midnight = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(to) - midnight(from)) / (DAY * 1000));
}

/** When something comes, by the day and the hour of one's own zone: `tomorrow 02:00`, `Sunday 02:00`, `14 Dec 02:00`. */
export function upcoming(language: string, instant: string, now: number): string {
  const at = new Date(instant);
  const time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);
  const days = daysBetween(new Date(now), at);
  const named = (): string => {
    if (Math.abs(days) < 2) {
      return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(days, 'day');
    }
    const isThisWeek = days > 0 && days < 7;
    const form: Intl.DateTimeFormatOptions = isThisWeek ? { weekday: 'long' } : { day: 'numeric', month: 'short' };
    return new Intl.DateTimeFormat(language, form).format(at);
  };
  return `${named()} ${time}`;
}

/** A span such as `1 h 4 min`, `12.3 s`, in at most two units. */
export function span(language: string, milliseconds: number): string {
  const unit = (value: number, name: string, digits = 0) =>
    new Intl.NumberFormat(language, {
      style: 'unit',
      unit: name,
      unitDisplay: 'short',
      maximumFractionDigits: digits,
    }).format(value);
  const seconds = milliseconds / 1000;
  if (seconds < 10) {
    return unit(seconds, 'second', 1);
  }
  if (seconds < MINUTE) {
    return unit(Math.round(seconds), 'second');
  }
  if (seconds < HOUR) {
    return `${unit(Math.floor(seconds / MINUTE), 'minute')} ${unit(Math.floor(seconds % MINUTE), 'second')}`;
  }
  return `${unit(Math.floor(seconds / HOUR), 'hour')} ${unit(Math.floor((seconds % HOUR) / MINUTE), 'minute')}`;
}

/** A day without a zone, such as `Thu, 26 Nov 2026`. */
export function day(language: string, date: string): string {
  return new Intl.DateTimeFormat(language, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(new Date(`${date}T00:00:00Z`));
}
