/** Days as a filter has them, in one's own zone. */

const DATE = /^\d{4}-\d{2}-\d{2}$/;

interface Range {
  from?: string;
  to?: string;
}

function midnight(date: string, later: number): Date | null {
  if (!DATE.test(date)) {
    return null;
  }
  const at = new Date(`${date}T00:00:00`);
  at.setDate(at.getDate() + later);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** The instants from the begin of one day to the end of another; absent when neither is a day. */
export function rangeOf(first: string | null, last: string | null): Range | undefined {
  const from = midnight(first ?? '', 0);
  const to = midnight(last ?? '', 1);
  if (from === null && to === null) {
    return undefined;
  }
  // An end before the begin would be refused, and holds nothing either way.
  const end = from !== null && to !== null && to <= from ? new Date(from.getTime() + 1) : to;
  return { ...(from !== null && { from: from.toISOString() }), ...(end !== null && { to: end.toISOString() }) };
}
