/** The time zones that a schedule can be in. */

import { OWN_ZONE } from '../../time/formats';

/** All zones, with those that are likely first: the ones given, one's own, and UTC. */
export function zones(likely: readonly (string | null)[]): string[] {
  const first = [...likely, OWN_ZONE, 'UTC'].filter((zone) => zone !== null);
  return [...new Set([...first, ...Intl.supportedValuesOf('timeZone')])];
}

/** A zone with the offset that it has now: `Europe/Berlin (UTC+01:00)`. */
export function zoneText(zone: string, now: Date): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(now);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return `${zone} (${name === 'GMT' ? 'UTC+00:00' : name.replace('GMT', 'UTC')})`;
}

/** Whether a zone is meant by what people write: `new york` by `America/New_York`. */
export function isMeant(zone: string, sought: string): boolean {
  const plain = (one: string) => one.toLowerCase().replaceAll(/[_/]/g, ' ');
  return plain(zone).includes(plain(sought).trim());
}
