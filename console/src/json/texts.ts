/** Texts that are files: scripts and profiles, as they are or in base64. */

/** From here on a text gets lines of its own. */
const LONG = 140;
/** Shorter ones are words that happen to look like base64. */
const LEAST_BASE64 = 24;
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;
/** Text has no control characters but tabulators and ends of lines. */
const CONTROL = /[^\P{Cc}\t\n\r]/u;

export function isLong(text: string): boolean {
  return text.length > LONG || text.includes('\n');
}

/** What a text in base64 says; null when it is none, or holds no text. */
export function decoded(text: string): string | null {
  if (text.length < LEAST_BASE64 || !BASE64.test(text)) {
    return null;
  }
  try {
    const bytes = Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0));
    const found = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return CONTROL.test(found) ? null : found;
  } catch {
    return null;
  }
}
