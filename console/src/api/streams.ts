/** Streams of events that go on: where they were, whatever ends them meanwhile. */

import type { ExecutionResult, OperationContext, SubscriptionForwarder } from '@urql/core';
import { GraphQLError } from 'graphql';
import type { Client as Socket } from 'graphql-ws';
import { resumable } from './resumable';
import { waitOf } from './wait';

/** Waits before a stream that ended is begun again grow from about the first to the last, in milliseconds. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

/**
 * A context for streams of which only the subscriber hears: nothing else is asked for again. It is told
 * when its stream begins and begins anew, for until then nobody tells what happens.
 */
export function ofOne(onBegin: () => void): Partial<OperationContext> {
  return { onBegin };
}

function beginOf({ onBegin }: OperationContext): (() => void) | undefined {
  return typeof onBegin === 'function' ? (onBegin as () => void) : undefined;
}

/** Progress changes a run in place; every other event may move a list or a count. */
function movesLists(data: Record<string, unknown> | null | undefined): boolean {
  return Object.values(data ?? {}).some(
    (event) => typeof event === 'object' && event !== null && 'kind' in event && event.kind !== 'PROGRESS',
  );
}

/** How subscriptions get their events. `onMove` is told when lists and counts may be old. */
export function streams(socket: Socket, onMove: () => void): SubscriptionForwarder {
  return (request, { context }) => ({
    subscribe: (sink) => {
      const begun = beginOf(context);
      const moved = begun === undefined ? onMove : () => undefined;
      const stream = resumable(request.query ?? '', request.variables as Record<string, unknown>);
      let isOver = false;
      let attempts = 0;
      let timer: ReturnType<typeof setTimeout> | undefined;
      let stop: (() => void) | undefined;

      const next = (result: ExecutionResult) => {
        const data = result.data as Record<string, unknown> | null | undefined;
        attempts = 0;
        stream.seen({ data });
        if (movesLists(data)) {
          moved();
        }
        sink.next(result);
      };
      // A server that stops ends its streams before it goes, and one may be refused for a while.
      const again = () => {
        if (!isOver) {
          timer = setTimeout(begin, waitOf(attempts, FIRST_PAUSE, LONGEST_PAUSE));
          attempts += 1;
        }
      };
      const begin = () => {
        stop = socket.subscribe<Record<string, unknown>, ExecutionResult['extensions']>(stream.payload, {
          next: (result) =>
            next({ ...result, errors: result.errors?.map((error) => new GraphQLError(error.message, error)) }),
          error: () => {
            // It may be the place that is refused, as after a restored database.
            stream.beginAnew();
            again();
          },
          complete: again,
        });
        // Until the stream has begun, nobody tells what happens.
        (begun ?? moved)();
      };
      begin();
      return {
        unsubscribe: () => {
          isOver = true;
          clearTimeout(timer);
          stop?.();
        },
      };
    },
  });
}
