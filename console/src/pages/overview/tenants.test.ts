import { Client, CombinedError, type OperationResult } from '@urql/core';
import { GraphQLError } from 'graphql';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { filter, fromPromise, mergeMap, pipe } from 'wonka';
import { readSingly } from './singly';
import { readAll, type Tenants } from './tenants';

type Answer = Pick<OperationResult, 'data' | 'error'>;

/** A client whose server answers so. */
function asking(answer: (variables: { ids: string[] }) => Promise<Answer>): Client {
  return new Client({
    url: '/graphql',
    preferGetMethod: false,
    exchanges: [
      () => (operations) =>
        pipe(
          operations,
          filter(({ kind }) => kind === 'query'),
          mergeMap((operation) =>
            fromPromise(
              answer(operation.variables as { ids: string[] }).then(({ data, error }) => ({
                operation,
                data: data as unknown,
                error,
                stale: false,
                hasNext: false,
              })),
            ),
          ),
        ),
    ],
  });
}

const error = new CombinedError({
  graphQLErrors: [new GraphQLError('busy', { extensions: { code: 'UNAVAILABLE' } })],
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a database that does not answer is told, and throws nothing', async () => {
  const told: Tenants[] = [];
  await readAll(asking(() => Promise.resolve({ data: null, error })), (so) => told.push(so));
  expect(told.map(({ failure }) => failure?.code)).toEqual(['UNAVAILABLE']);
});

test('tenants that are due together are one request, and those that are due meanwhile the next', async () => {
  const asked: string[][] = [];
  const ends: (() => void)[] = [];
  const told: string[] = [];
  const client = asking(({ ids }) => {
    asked.push(ids);
    return new Promise((resolve) => {
      ends.push(() => resolve({ data: { nodes: [null, ...ids.map((id) => ({ id, overview: {} }))] }, error: undefined }));
    });
  });
  const singly = readSingly(client, (nodes) => told.push(...nodes.map(({ id }) => id)));
  singly.read('a');
  singly.read('b');
  singly.read('a');
  await vi.advanceTimersByTimeAsync(250);
  expect(asked).toEqual([['a', 'b']]);
  // What is being read may be old already when it comes.
  singly.read('b');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked).toHaveLength(1);
  ends[0]?.();
  await vi.advanceTimersByTimeAsync(250);
  expect(told).toEqual(['a', 'b']);
  expect(asked).toEqual([['a', 'b'], ['b']]);
});

test('no more than the server looks up are asked for at once, and a read that fails stops none', async () => {
  const asked: number[] = [];
  const singly = readSingly(
    asking(({ ids }) => {
      asked.push(ids.length);
      return Promise.resolve({ data: null, error });
    }),
    () => undefined,
  );
  Array.from({ length: 130 }, (_, index) => `ten_${index}`).forEach((id) => singly.read(id));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toEqual([100, 30]);
  singly.stop();
  singly.read('a');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toHaveLength(2);
});
