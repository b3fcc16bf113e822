/**
 * A key that makes the repeat of a request harmless. `crypto.randomUUID` is not there on pages
 * that came without TLS from another machine; random values are.
 */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
