/** The client that every page asks through. */

import {
  Client,
  fetchExchange,
  mapExchange,
  subscriptionExchange,
  type CombinedError,
  type ExecutionResult,
} from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { GraphQLError } from 'graphql';
import type { Client as Socket } from 'graphql-ws';
import { currentSession, expire } from '../session/session';
import { cache } from './cache';
import { resumable } from './resumable';

function isRefused(error: CombinedError): boolean {
  return error.graphQLErrors.some((one) => one.extensions.code === 'UNAUTHENTICATED');
}

export function connect(socket: Socket): Client {
  return new Client({
    url: '/graphql',
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    exchanges: [
      mapExchange({
        onError: (error) => {
          if (isRefused(error)) {
            expire();
          }
        },
      }),
      cache(),
      authExchange((tools) =>
        Promise.resolve({
          addAuthToOperation: (operation) =>
            tools.appendHeaders(operation, {
              authorization: `Bearer ${currentSession()?.token ?? ''}`,
            }),
          // Nobody can be signed in again without being asked.
          didAuthError: () => false,
          refreshAuth: () => Promise.resolve(),
        }),
      ),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => {
            const stream = resumable(request.query ?? '', request.variables as Record<string, unknown>);
            const unsubscribe = socket.subscribe<Record<string, unknown>, ExecutionResult['extensions']>(stream.payload, {
              next: (result) => {
                stream.seen(result);
                sink.next({ ...result, errors: result.errors?.map((error) => new GraphQLError(error.message, error)) });
              },
              error: (cause) => sink.error(cause),
              complete: () => sink.complete(),
            });
            return { unsubscribe };
          },
        }),
      }),
    ],
  });
}
