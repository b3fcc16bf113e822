/**
 * What the browser keeps for the console. A browser may be told to keep nothing, and throws then: the
 * console works all the same, until it is loaded anew.
 */

type Area = 'localStorage' | 'sessionStorage';

/** The browser keeps nothing, where something cannot be done without. */
export class KeepsNothing extends Error {
  constructor() {
    super('the browser keeps nothing for this page');
  }
}

/** Whether the browser keeps anything at all. */
export function keepsSome(area: Area): boolean {
  const key = 'tenantatlas.tried';
  try {
    window[area].setItem(key, key);
    window[area].removeItem(key);
    return true;
  } catch {
    return false;
  }
}

export function keptIn(area: Area, key: string): string | null {
  try {
    return window[area].getItem(key);
  } catch {
    return null;
  }
}

/** Keeps a text; null forgets it. */
export function keepIn(area: Area, key: string, text: string | null): void {
  try {
    if (text === null) {
      window[area].removeItem(key);
    } else {
      window[area].setItem(key, text);
    }
  } catch {
    // Nobody is helped by knowing: it lasts as long as the page.
  }
}
