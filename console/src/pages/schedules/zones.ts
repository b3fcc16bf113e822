/** The time zones that a schedule can be in. */

import { OWN_ZONE } from '../../time/formats';

export interface Zone {
  id: string;
  /** Its name with the offset that it has now: `Europe/Berlin (UTC+01:00)`. */
  text: string;
}

function offsetNow(zone: string, now: Date): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(now);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return name === 'GMT' ? 'UTC+00:00' : name.replace('GMT', 'UTC');
}

/** All zones, with those that are likely first: the ones given, one's own, and UTC. */
export function zones(likely: readonly (string | null)[], now: Date): Zone[] {
  const first = [...likely, OWN_ZONE, 'UTC'].filter((zone) => zone !== null);
  const names = new Set([...first, ...Intl.supportedValuesOf('timeZone')]);
  return [...names].map((id) => ({ id, text: `${id} (${offsetNow(id, now)})` }));
}

/** Finds `new york` in `America/New_York (UTC-05:00)`. */
export function isFound(text: string, sought: string): boolean {
  const plain = (one: string) => one.toLowerCase().replaceAll(/[_/]/g, ' ');
  return plain(text).includes(plain(sought).trim());
}
