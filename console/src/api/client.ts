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
import { expire, type Session } from '../session/session';
import { cache } from './cache';
import { refresh, type Refresh } from './refresh';
import { resumable } from './resumable';

/** Waits before a stream that ended is begun again, in milliseconds. */
const SHORTEST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

function isRefused(error: CombinedError): boolean {
  return error.graphQLErrors.some((one) => one.extensions.code === 'UNAUTHENTICATED');
}

/** Progress changes a run in place; every other event may move a list or a count. */
function movesLists(data: Record<string, unknown> | null | undefined): boolean {
  return Object.values(data ?? {}).some(
    (event) => typeof event === 'object' && event !== null && 'kind' in event && event.kind !== 'PROGRESS',
  );
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
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => {
            const stream = resumable(request.query ?? '', request.variables as Record<string, unknown>);
            let isOver = false;
            let pause = SHORTEST_PAUSE;
            let timer: ReturnType<typeof setTimeout> | undefined;
            let stop: (() => void) | undefined;
            // A server that stops ends its streams before it goes, and one may be refused for a while.
            const again = () => {
              if (!isOver) {
                timer = setTimeout(begin, pause);
                pause = Math.min(2 * pause, LONGEST_PAUSE);
              }
            };
            const begin = () => {
              stop = socket.subscribe<Record<string, unknown>, ExecutionResult['extensions']>(stream.payload, {
                next: (result) => {
                  pause = SHORTEST_PAUSE;
                  stream.seen(result);
                  if (movesLists(result.data)) {
                    shown.soon();
                  }
                  sink.next({ ...result, errors: result.errors?.map((error) => new GraphQLError(error.message, error)) });
                },
                error: () => {
                  // It may be the place that is refused, as after a restored database.
                  stream.beginAnew();
                  again();
                },
                complete: again,
              });
            };
            begin();
            const unsubscribe = () => {
              isOver = true;
              clearTimeout(timer);
              stop?.();
            };
            // Until the stream has begun, nobody tells what happens.
            shown.soon();
            return { unsubscribe };
          },
        }),
      }),
    ],
  });
  // While there was no connection, only changes of runs were kept for this page to hear.
  socket.on('connected', shown.soon);
  return { client, shown };
}
