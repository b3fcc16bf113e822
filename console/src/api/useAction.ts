/** Changes: one mutation, and the three ways that it can end. */

import { useMutation, type AnyVariables, type TypedDocumentNode } from 'urql';
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

export function useAction<Data extends object, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
): Action<Data, Variables> {
  const [state, execute] = useMutation(document);
  const perform = useCallback(
    async (variables: Variables): Promise<Outcome<Data>> => {
      const result = await execute(variables);
      const payload = Object.values(result.data ?? {}).find(isPayload<Data>);
      if (payload === undefined || result.error !== undefined) {
        const failure =
          result.error === undefined
            ? { code: 'INTERNAL', message: '', requestId: null }
            : failureOf(result.error);
        return { kind: 'failed', failure };
      }
      return payload.userErrors.length > 0
        ? { kind: 'refused', errors: payload.userErrors, payload }
        : { kind: 'done', payload };
    },
    [execute],
  );
  return { perform, isPending: state.fetching };
}
