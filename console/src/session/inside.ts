/** A path of the console itself: `//host` and `https:` lead away from it. */
export function inside(next: string | null | undefined): string {
  return next?.startsWith('/') === true && !/^\/[/\\]/.test(next) ? next : '/';
}
