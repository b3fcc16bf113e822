import { useCallback, useEffect, useState } from 'react';
import { useClient, useQuery } from 'urql';
import { failureOf } from '../../api/failure';
import type { NamedSetFragment, SetsToCompareQuery } from '../../gql/graphql';
import type { Query } from '../../ui/Loaded';
import { tell } from '../../ui/notices';
import { SETS } from './documents';
import { listAfter, stateOf, together, type Older } from './older';

interface ListedSets {
  /** How the newest ones are asked for. */
  query: Query<SetsToCompareQuery>;
  sets: readonly NamedSetFragment[];
  total: number;
  /** Lists older ones too; null when all are listed. */
  more: (() => Promise<void>) | null;
}

const NONE: readonly NamedSetFragment[] = [];

/** A tenant's backup sets, the newest first: a hundred, and more of them when asked for. */
export function useListedSets(tenantId: string): ListedSets {
  const client = useClient();
  const query = useQuery({ query: SETS, variables: { tenantId, after: null } });
  const [older, setOlder] = useState<Older<NamedSetFragment> | null>(null);
  const first = query[0].data?.tenant?.backupSets;
  const state = first === undefined ? null : stateOf(first);

  const read = useCallback(
    async (after: string | null) => {
      const { data, error } = await client.query(SETS, { tenantId, after }, { requestPolicy: 'network-only' }).toPromise();
      if (error !== undefined) {
        tell({ kind: 'failed', failure: failureOf(error) });
      }
      return data?.tenant?.backupSets ?? null;
    },
    [client, tenantId],
  );

  // A set that is new pushes the last one off the first page, and one that is gone is still among the older ones.
  const listed = older?.below === state ? 0 : (older?.nodes.length ?? 0);
  useEffect(() => {
    let isOver = false;
    if (first !== undefined && state !== null && listed > 0) {
      void listAfter(first, listed, read).then((next) => {
        if (next !== null && !isOver) {
          setOlder({ below: state, ...next });
        }
      });
    }
    return () => {
      isOver = true;
    };
    // The first page is another object after each answer; only its state says whether it has moved.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [state, listed, read]);

  const last = older ?? first;
  const more = async () => {
    if (last !== undefined && state !== null) {
      const next = await listAfter(last, 1, read);
      if (next !== null) {
        setOlder({ below: older?.below ?? state, nodes: together(older?.nodes ?? NONE, next.nodes), pageInfo: next.pageInfo });
      }
    }
  };
  return {
    query,
    sets: together(first?.nodes ?? NONE, older?.nodes ?? NONE),
    total: first?.totalCount ?? 0,
    more: last?.pageInfo.hasNextPage === true ? more : null,
  };
}
