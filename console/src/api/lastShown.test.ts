import { CombinedError, makeOperation, type Client } from '@urql/core';
import { GraphQLError } from 'graphql';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fromArray, map, pipe, publish, share } from 'wonka';
import { lastShown } from './lastShown';
import { retry } from './retry';

const OPERATION = makeOperation('query', { key: 1, query: { kind: 'Document', definitions: [] }, variables: {} } as never, {
  url: '/graphql',
  requestPolicy: 'network-only',
});
const refused = (code: string) =>
  new CombinedError({ graphQLErrors: [new GraphQLError('no', { extensions: { code } })] });
const unreached = new CombinedError({ networkError: new TypeError('Failed to fetch') });

interface Answer {
  data: unknown;
  error: CombinedError | undefined;
}
const GOOD: Answer = { data: { tenant: { id: 'ten_1' } }, error: undefined };

/** What a page gets for what the server answers, one after the other, through an exchange. */
function through(exchange: ReturnType<typeof retry>): (...answers: Answer[]) => Answer[] {
  const queue: Answer[] = [];
  const got: Answer[] = [];
  const io = exchange({
    client: {} as Client,
    dispatchDebug: () => undefined,
    forward: (operations) =>
      pipe(
        operations,
        map((operation) => {
          const { data, error } = queue.shift() ?? GOOD;
          return { operation, data, error, stale: false, hasNext: false };
        }),
        share,
      ),
  });
  return (...answers) => {
    queue.push(...answers);
    got.length = 0;
    pipe(
      io(fromArray(answers.map(() => OPERATION))),
      map(({ data, error }) => void got.push({ data: data as unknown, error })),
      publish,
    );
    return got;
  };
}

test.each([
  ['a network that fails', unreached],
  ['UNAVAILABLE', refused('UNAVAILABLE')],
  ['TIMEOUT', refused('TIMEOUT')],
  ['RATE_LIMITED', refused('RATE_LIMITED')],
  ['INTERNAL', refused('INTERNAL')],
])('what was shown stays through %s', (_, error) => {
  expect(through(lastShown())(GOOD, { data: null, error }, { data: { tenant: null }, error })).toEqual([
    GOOD,
    { data: GOOD.data, error },
    { data: GOOD.data, error },
  ]);
});

test.each(['NOT_FOUND', 'FORBIDDEN'])('what is %s is shown no longer', (code) => {
  const answer = { data: { tenant: null }, error: refused(code) };
  expect(through(lastShown())(GOOD, answer)).toEqual([GOOD, answer]);
});

test('where nothing was shown there is nothing to stay', () => {
  const answer = { data: { tenant: null }, error: refused('UNAVAILABLE') };
  expect(through(lastShown())(answer)).toEqual([answer]);
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('what fails is asked for again, later each time, until it is answered', () => {
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const again = vi.fn();
  const answer = through(retry(again));
  for (const wait of [4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
    answer({ data: null, error: refused('UNAVAILABLE') }, { data: null, error: unreached });
    vi.advanceTimersByTime(wait - 1);
    expect(again).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(again).toHaveBeenCalledOnce();
    again.mockClear();
  }
  answer(GOOD);
  vi.advanceTimersByTime(600_000);
  expect(again).not.toHaveBeenCalled();
  answer({ data: null, error: unreached });
  vi.advanceTimersByTime(4_000);
  expect(again).toHaveBeenCalledOnce();
});

test('pages do not ask all at the same moment', () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const again = vi.fn();
  through(retry(again))({ data: null, error: unreached });
  vi.advanceTimersByTime(2_000);
  expect(again).toHaveBeenCalledOnce();
});

test('what will not change by asking is not asked for again', () => {
  const again = vi.fn();
  through(retry(again))({ data: { tenant: null }, error: refused('NOT_FOUND') });
  vi.advanceTimersByTime(600_000);
  expect(again).not.toHaveBeenCalled();
});
