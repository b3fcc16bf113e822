/** The client that every page asks through. */

import {
  Client,
  fetchExchange,
  mapExchange,
  subscriptionExchange,
  type CombinedError,
  type Exchange,
} from '@urql/core';
import { filter, pipe } from 'wonka';
import { authExchange } from '@urql/exchange-auth';
import type { Client as Socket } from 'graphql-ws';
import { currentSession, expire, type Session } from '../session/session';
import { cache } from './cache';
import { lastShown } from './lastShown';
import { refresh, type Refresh } from './refresh';
import { retry } from './retry';
import { streams } from './streams';

function isRefused(error: CombinedError): boolean {
  return error.graphQLErrors.some((one) => one.extensions.code === 'UNAUTHENTICATED');
}

/** Asks nothing more once the session has ended: the page may stay, and would be refused for ever. */
function still(session: Session): Exchange {
  return ({ forward }) =>
    (operations) =>
      forward(pipe(operations, filter(({ kind }) => kind === 'teardown' || currentSession() === session)));
}

/** A client belongs to one session, with all that it has read. */
export function connect(session: Session, socket: Socket): { client: Client; shown: Refresh } {
  const shown = refresh(() => client);
  const client: Client = new Client({
    url: '/graphql',
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    exchanges: [
      mapExchange({
        onError: (error) => {
          if (isRefused(error)) {
            expire(session);
          }
        },
      }),
      lastShown(),
      retry(() => currentSession() === session && shown.soon()),
      still(session),
      shown.exchange,
      cache(),
      authExchange((tools) =>
        Promise.resolve({
          addAuthToOperation: (operation) =>
            tools.appendHeaders(operation, {
              authorization: `Bearer ${session.token}`,
            }),
          // Nobody can be signed in again without being asked.
          didAuthError: () => false,
          refreshAuth: () => Promise.resolve(),
        }),
      ),
      fetchExchange,
      subscriptionExchange({ forwardSubscription: streams(socket, shown.soon) }),
    ],
  });
  // While there was no connection, only changes of runs were kept for this page to hear.
  socket.on('connected', shown.soon);
  return { client, shown };
}
