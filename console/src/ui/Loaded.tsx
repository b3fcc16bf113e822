import type { CombinedError } from '@urql/core';
import type { ReactNode } from 'react';
import { failureOf } from '../api/failure';
import { FailureNote } from './FailureNote';
import { Skeleton } from './Skeleton';

/** What `useQuery` answers. */
export type Query<Data> = readonly [
  /** Null when an answer holds nothing but errors. */
  { data?: Data | null; error?: CombinedError; fetching: boolean },
  (options?: { requestPolicy: 'network-only' }) => void,
];

interface Props<Data> {
  query: Query<Data>;
  skeleton?: ReactNode;
  children: (data: Data) => ReactNode;
}

/** What was asked for: its outline while it is not there, or why it does not come. */
export function Loaded<Data>({ query: [{ data, error }, ask], skeleton, children }: Props<Data>) {
  const again = () => ask({ requestPolicy: 'network-only' });
  return (
    <>
      {error !== undefined && <FailureNote failure={failureOf(error)} onRetry={again} />}
      {/* Null where the only thing asked for was refused. */}
      {data != null ? children(data) : error === undefined && (skeleton ?? <Skeleton />)}
    </>
  );
}
