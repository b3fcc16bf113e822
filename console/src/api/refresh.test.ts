import { CombinedError, makeOperation, type Client, type Operation } from '@urql/core';
import { pipe, publish, fromArray, map } from 'wonka';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { refresh, type Refresh } from './refresh';

const asked: [number, string][] = [];
let shown: Refresh;
let answer: { data: unknown; error?: CombinedError };

function operation(kind: Operation['kind'], key: number, requestPolicy: 'cache-and-network' | 'cache-first'): Operation {
  const request = { key, query: { kind: 'Document', definitions: [] }, variables: {} } as never;
  return makeOperation(kind, request, { url: '/graphql', requestPolicy });
}

/** Lets operations pass through, as the client does. The server knows an answer or not. */
function pass(...operations: Operation[]): void {
  const exchange = shown.exchange({
    forward: map((one: Operation) => ({ operation: one, ...answer, stale: false, hasNext: false })),
    client: {} as Client,
    dispatchDebug: () => undefined,
  });
  pipe(fromArray(operations), exchange, publish);
}

beforeEach(() => {
  vi.useFakeTimers();
  asked.length = 0;
  answer = { data: { it: 'is' } };
  const client = {
    reexecuteOperation: (one: Operation) => asked.push([one.key, one.context.requestPolicy]),
  } as unknown as Client;
  shown = refresh(() => client);
});
afterEach(() => vi.useRealTimers());

test('a swarm of events is one round, past the cache', () => {
  pass(operation('query', 1, 'cache-and-network'), operation('query', 2, 'cache-and-network'));
  for (let event = 0; event < 30; event += 1) {
    shown.soon();
  }
  vi.advanceTimersByTime(10_000);
  expect(asked).toEqual([
    [1, 'network-only'],
    [2, 'network-only'],
  ]);
});

test('rounds keep their distance, and the last event is answered', () => {
  pass(operation('query', 1, 'cache-and-network'));
  shown.soon();
  vi.advanceTimersByTime(300);
  shown.soon();
  vi.advanceTimersByTime(2_999);
  expect(asked).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(asked).toHaveLength(2);
});

test('what is shown no longer, and what never changes, is not asked for', () => {
  pass(
    operation('query', 1, 'cache-and-network'),
    operation('query', 2, 'cache-first'),
    operation('teardown', 1, 'cache-and-network'),
  );
  shown.soon();
  vi.advanceTimersByTime(300);
  expect(asked).toEqual([]);
});

test('what never changes is asked for again until it is there', () => {
  answer = { data: undefined, error: new CombinedError({ networkError: new TypeError('Failed to fetch') }) };
  pass(operation('query', 2, 'cache-first'));
  shown.soon();
  vi.advanceTimersByTime(3_000);
  expect(asked).toEqual([[2, 'network-only']]);
  // What is asked for again comes here as well, and this time it is answered.
  answer = { data: { it: 'is' } };
  pass(makeOperation('query', operation('query', 2, 'cache-first'), { url: '/graphql', requestPolicy: 'network-only' }));
  shown.soon();
  vi.advanceTimersByTime(10_000);
  expect(asked).toHaveLength(1);
});

test('what the cache looks up anew is shown as before', () => {
  pass(operation('query', 1, 'cache-and-network'), operation('query', 1, 'cache-first'));
  shown.soon();
  vi.advanceTimersByTime(300);
  expect(asked).toEqual([[1, 'network-only']]);
});

test('others are told of a round, until they do not want to be', () => {
  const act = vi.fn();
  const stop = shown.with(act);
  shown.soon();
  vi.advanceTimersByTime(300);
  stop();
  shown.soon();
  vi.advanceTimersByTime(10_000);
  expect(act).toHaveBeenCalledOnce();
});
