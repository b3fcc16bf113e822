/** A path of the console itself: `//host` and `https:` lead away from it. */
export function inside(next: string | null | undefined, origin = location.origin): string {
  if (next?.startsWith('/') !== true) {
    return '/';
  }
  // Browsers leave out white space and turn backslashes, so what they make of it is what counts.
  const to = new URL(next, origin);
  const isInside = to.origin === origin && !to.pathname.startsWith('//');
  return isInside ? to.pathname + to.search + to.hash : '/';
}
