import { failureOf } from '../api/failure';
import { FailureNote } from './FailureNote';
import type { Query } from './Loaded';

/** Why the one thing that was asked for is not there. The cache keeps that there is none, not why. */
export function Missing<Data>({ query: [{ error }, ask] }: { query: Query<Data> }) {
  const failure = error === undefined ? { code: 'NOT_FOUND', message: '', requestId: null } : failureOf(error);
  return <FailureNote failure={failure} onRetry={() => ask({ requestPolicy: 'network-only' })} />;
}
