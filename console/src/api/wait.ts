/** A wait that doubles with each attempt up to the longest one, and is never the same for all pages. In milliseconds. */
export function waitOf(attempts: number, first: number, longest: number): number {
  const most = Math.min(longest, first * 2 ** attempts);
  return most / 2 + (Math.random() * most) / 2;
}
