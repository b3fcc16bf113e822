/** What an entry says was changed, one field at a time. */

export interface Change {
  field: string;
  before: unknown;
  after: unknown;
  /** How many members of a list are on both sides; these are left out of the two. */
  kept: number;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of two lists only what differs: a schedule has up to a hundred kinds. */
function apart(before: unknown, after: unknown): Omit<Change, 'field'> {
  if (!Array.isArray(before) || !Array.isArray(after)) {
    return { before, after, kept: 0 };
  }
  const gone = before.filter((value) => !after.includes(value));
  return { before: gone, after: after.filter((value) => !before.includes(value)), kept: before.length - gone.length };
}

export function changesOf(value: unknown): Change[] {
  if (!isObject(value)) {
    return [];
  }
  return Object.entries(value).map(([field, sides]) =>
    isObject(sides)
      ? { field, ...apart(sides.before ?? null, sides.after ?? null) }
      : { field, before: null, after: sides, kept: 0 },
  );
}
