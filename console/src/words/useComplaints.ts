import { useState } from 'react';
import type { UserError } from '../api/useAction';
import { useComplaint } from './useComplaint';

interface Complaints<Field extends string> {
  /** What is wrong with a field; undefined when nothing is. */
  at: (field: Field) => string | undefined;
  /** What is wrong with no field of the form. */
  elsewhere: string[];
  /** What was refused last: another list each time. */
  errors: readonly UserError[];
  set: (errors: UserError[]) => void;
}

/**
 * What a server refused of a form, field by field. A field is named by its path below `input`, such
 * as `principal.entraUser`, and takes the refusals of all that is inside of it. A form that knows
 * better what a code means has words of its own.
 */
export function useComplaints<Field extends string>(
  fields: readonly Field[],
  ownWords: Partial<Record<string, string>> = {},
): Complaints<Field> {
  const usual = useComplaint();
  const say = (error: UserError) => ownWords[error.code] ?? usual(error);
  const [errors, set] = useState<UserError[]>([]);
  const fieldOf = ({ path }: UserError) => {
    const place = `${path.slice(1).join('.')}.`;
    return fields.filter((field) => place.startsWith(`${field}.`)).sort((one, other) => other.length - one.length)[0];
  };
  return {
    at: (field) => errors.filter((error) => fieldOf(error) === field).map(say)[0],
    elsewhere: errors.filter((error) => fieldOf(error) === undefined).map(say),
    errors,
    set,
  };
}
