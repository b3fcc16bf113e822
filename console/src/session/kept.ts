/**
 * What the browser keeps for the console. A browser may be told to keep nothing, and throws then: the
 * console works all the same, until it is loaded anew.
 */

type Area = 'localStorage' | 'sessionStorage';

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
