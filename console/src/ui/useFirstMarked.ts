import { useEffect, useRef, type RefObject } from 'react';

const INPUT = '[data-invalid] :is(input, textarea, button, [role="spinbutton"])';

/** For a form: takes one to the first field that is marked, each time that `round` is another one. */
export function useFirstMarked(round: unknown): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>(INPUT)?.focus();
  }, [round]);
  return form;
}
