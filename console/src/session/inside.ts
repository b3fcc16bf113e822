/** A path of the console itself: `//host` and `https:` lead away from it. */
export function inside(next: string | null | undefined): string {
  if (next?.startsWith('/') !== true) {
    return '/';
  }
  // Browsers leave out white space and turn backslashes, so what they make of it is what counts.
  const here = new URL('http://console.invalid');
  const to = new URL(next, here);
  const isInside = to.origin === here.origin && !to.pathname.startsWith('//');
  return isInside ? to.pathname + to.search + to.hash : '/';
}
