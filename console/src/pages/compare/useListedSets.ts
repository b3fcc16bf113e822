import { useState } from 'react';
import { useClient, useQuery } from 'urql';
import { failureOf } from '../../api/failure';
import type { NamedSetFragment } from '../../gql/graphql';
import { tell } from '../../ui/notices';
import { SETS } from './documents';

interface ListedSets {
  sets: readonly NamedSetFragment[];
  total: number;
  /** Lists older ones too; null when all are listed. */
  more: (() => Promise<void>) | null;
}

interface Older {
  sets: readonly NamedSetFragment[];
  endCursor: string | null;
}

/** A tenant's backup sets, the newest first: a hundred, and more of them when asked for. */
export function useListedSets(tenantId: string): ListedSets {
  const client = useClient();
  const [{ data }] = useQuery({ query: SETS, variables: { tenantId, after: null } });
  const [older, setOlder] = useState<Older>({ sets: [], endCursor: null });
  const first = data?.tenant?.backupSets;
  const newest = first?.nodes ?? [];
  const total = first?.totalCount ?? 0;
  // A set that was made since then moves the places of the others.
  const sets = [...newest, ...older.sets.filter(({ id }) => newest.every((set) => set.id !== id))];
  const more = async () => {
    const after = older.endCursor ?? first?.pageInfo.endCursor ?? null;
    const answer = await client.query(SETS, { tenantId, after }, { requestPolicy: 'network-only' }).toPromise();
    const next = answer.data?.tenant?.backupSets;
    if (next !== undefined) {
      setOlder({ sets: [...older.sets, ...next.nodes], endCursor: next.pageInfo.endCursor ?? after });
    } else if (answer.error !== undefined) {
      tell({ kind: 'failed', failure: failureOf(answer.error) });
    }
  };
  return { sets, total, more: sets.length < total ? more : null };
}
