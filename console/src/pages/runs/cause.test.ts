import { expect, test } from 'vitest';
import { causeOf } from './cause';

const THROTTLED = { errorCode: 'GRAPH_THROTTLE', errorMessage: 'slow down' } as const;
const AWAY = { errorCode: 'GRAPH_UNAVAILABLE', errorMessage: 'status 503' } as const;
const WELL = { errorCode: null, errorMessage: null };
const WAITING = { status: 'QUEUED', attempt: 2, errorCode: null, errorMessage: null } as const;

test('between attempts the most frequent error of the kinds stands for the attempt', () => {
  expect(causeOf({ ...WAITING, policyTypeResults: [THROTTLED, AWAY, WELL, AWAY] })).toEqual({
    code: 'GRAPH_UNAVAILABLE',
    message: 'status 503',
  });
  expect(causeOf({ ...WAITING, policyTypeResults: [THROTTLED, AWAY] })?.code).toBe('GRAPH_THROTTLE');
  expect(causeOf({ ...WAITING, policyTypeResults: [WELL] })).toBeNull();
});

test('an error of the run itself goes before those of its kinds', () => {
  const run = { status: 'PARTIAL', attempt: 1, ...THROTTLED } as const;
  expect(causeOf({ ...run, policyTypeResults: [AWAY, AWAY] })).toEqual({ code: 'GRAPH_THROTTLE', message: 'slow down' });
});

test('a run that is at work has no cause yet', () => {
  expect(causeOf({ ...WAITING, status: 'RUNNING', policyTypeResults: [AWAY] })).toBeNull();
  expect(causeOf({ ...WAITING, attempt: 1, policyTypeResults: [AWAY] })).toBeNull();
});
