/** What browsers say of code that has not come: a server that was updated has it under another name. */
const SAID = /dynamically imported module|importing a module script failed|unable to preload css/i;

export function isMissingCode(cause: unknown): boolean {
  return cause instanceof Error && SAID.test(cause.message);
}
