/** Changes: one mutation, and the three ways that it can end. */

import { useMutation, type AnyVariables, type CombinedError, type TypedDocumentNode } from 'urql';
import { useCallback } from 'react';
import { failureOf, type Failure } from './failure';

export interface UserError {
  code: string;
  message: string;
  path: string[];
}

interface Payload {
  userErrors: UserError[];
}

/** The answer to the one root field of a mutation's document. */
type PayloadOf<Data> = NonNullable<Data[Exclude<keyof Data, '__typename'>]>;

export type Outcome<Data> =
  | { kind: 'done'; payload: PayloadOf<Data> }
  /** Nothing was changed; the input has to be another one. The payload may say what is in the way. */
  | { kind: 'refused'; errors: UserError[]; payload: PayloadOf<Data> }
  | { kind: 'failed'; failure: Failure };

export interface Action<Data, Variables> {
  perform: (variables: Variables) => Promise<Outcome<Data>>;
  isPending: boolean;
}

function isPayload<Data>(value: unknown): value is PayloadOf<Data> & Payload {
  return typeof value === 'object' && value !== null && 'userErrors' in value;
}

interface Result<Data> {
  data?: Data;
  error?: CombinedError;
}

/** How a mutation has ended. */
export function outcomeOf<Data extends object>({ data, error }: Result<Data>): Outcome<Data> {
  const payload = Object.values(data ?? {}).find(isPayload<Data>);
  if (payload === undefined || error !== undefined) {
    return { kind: 'failed', failure: error === undefined ? { code: 'INTERNAL', message: '', requestId: null } : failureOf(error) };
  }
  return payload.userErrors.length > 0
    ? { kind: 'refused', errors: payload.userErrors, payload }
    : { kind: 'done', payload };
}

export function useAction<Data extends object, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
): Action<Data, Variables> {
  const [state, execute] = useMutation(document);
  const perform = useCallback(async (variables: Variables) => outcomeOf<Data>(await execute(variables)), [execute]);
  return { perform, isPending: state.fetching };
}
