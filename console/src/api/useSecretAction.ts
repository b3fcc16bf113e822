import { Client, fetchExchange, type AnyVariables, type TypedDocumentNode } from '@urql/core';
import { useState } from 'react';
import { currentSession, expire } from '../session/session';
import { outcomeOf, type Action } from './useAction';

/**
 * A change that sends or brings back a secret. It goes past the cache, and the client that it goes by
 * is for this one request: the cache remembers the variables and the answer of the last mutation that
 * it has seen until the next one, however long that takes. So whoever uses this holds the only copy,
 * and has to ask again for what the change has moved.
 */
export function useSecretAction<Data extends object, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
): Action<Data, Variables> {
  const [isPending, setPending] = useState(false);
  return {
    isPending,
    perform: async (variables) => {
      const session = currentSession();
      const client = new Client({
        url: '/graphql',
        preferGetMethod: false,
        exchanges: [fetchExchange],
        fetchOptions: { headers: { authorization: `Bearer ${session?.token ?? ''}` } },
      });
      setPending(true);
      const outcome = outcomeOf<Data>(await client.mutation(document, variables).toPromise());
      setPending(false);
      if (outcome.kind === 'failed' && outcome.failure.code === 'UNAUTHENTICATED' && session !== null) {
        expire(session);
      }
      return outcome;
    },
  };
}
