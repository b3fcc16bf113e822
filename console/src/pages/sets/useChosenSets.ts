import { useSearchParams } from 'react-router';
import { useQuery } from 'urql';
import { graphql } from '../../gql';

/** Both may be on other pages of the list. */
const CHOSEN = graphql(`
  query ChosenSets($one: ID!, $other: ID!) {
    one: backupSet(id: $one) {
      id
      createdAt
    }
    other: backupSet(id: $other) {
      id
      createdAt
    }
  }
`);

interface ChosenSets {
  chosen: readonly string[];
  choose: (id: string, isChosen: boolean) => void;
  /** The two to compare, the earlier one first; null until two are chosen. */
  pair: { base: string; target: string } | null;
}

/** The sets that are chosen to be compared, in the address as `?chosen=`: other pages and filters keep them. */
export function useChosenSets(): ChosenSets {
  const [search, setSearch] = useSearchParams();
  const chosen = (search.get('chosen') ?? '').split(',').filter((id) => id !== '').slice(0, 2);
  const [one, other] = chosen;
  const [{ data }] = useQuery({
    query: CHOSEN,
    variables: { one: one ?? '', other: other ?? '' },
    pause: one === undefined || other === undefined,
  });
  const choose = (id: string, isChosen: boolean) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        // The third choice replaces the first: there are always at most two.
        const ids = isChosen ? [...chosen, id].slice(-2) : chosen.filter((known) => known !== id);
        if (ids.length === 0) {
          next.delete('chosen');
        } else {
          next.set('chosen', ids.join(','));
        }
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  const isPair = data?.one != null && data.other != null && data.one.id === one && data.other.id === other;
  if (!isPair || data.one == null || data.other == null) {
    return { chosen, choose, pair: null };
  }
  const [base, target] = data.one.createdAt < data.other.createdAt ? [data.one, data.other] : [data.other, data.one];
  return { chosen, choose, pair: { base: base.id, target: target.id } };
}
