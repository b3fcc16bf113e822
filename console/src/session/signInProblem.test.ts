import { ErrorResponse, ErrorTimeout } from 'oidc-client-ts';
import { expect, test } from 'vitest';
import { KeepsNothing } from './kept';
import { detailOf, errandOf, NotAccepted, problemOf, StaleSignIn } from './signInProblem';

test('what an issuer refuses is told by what to do about it', () => {
  const refused = (error: string) => problemOf(new ErrorResponse({ error }));
  expect(refused('access_denied')).toBe('denied');
  expect(refused('temporarily_unavailable')).toBe('unavailable');
  expect(refused('invalid_grant')).toBe('stale');
  expect(refused('unauthorized_client')).toBe('misconfigured');
  expect(refused('something_new')).toBe('unknown');
});

test('other failures are told apart', () => {
  expect(problemOf(new ErrorTimeout('late'))).toBe('unreachable');
  expect(problemOf(new TypeError('Failed to fetch'))).toBe('unreachable');
  expect(problemOf(new StaleSignIn('no such state'))).toBe('stale');
  expect(problemOf(new NotAccepted('refused'))).toBe('notAccepted');
  expect(problemOf(new KeepsNothing())).toBe('keepsNothing');
  expect(problemOf('odd')).toBe('unknown');
});

test('the words of the issuer and the place to go to are kept', () => {
  const cause = new ErrorResponse({ error: 'access_denied', error_description: 'AADSTS65004', userState: { next: '/x' } });
  expect(detailOf(cause)).toBe('access_denied: AADSTS65004');
  expect(errandOf(cause)).toEqual({ next: '/x' });
  expect(errandOf(new Error('odd'))).toBeUndefined();
});
