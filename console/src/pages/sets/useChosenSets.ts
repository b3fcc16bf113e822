import { useSearchParams } from 'react-router';
import { useQuery } from 'urql';
import { isPassing } from '../../api/failure';
import { graphql } from '../../gql';
import { stillThere } from './stillThere';

/** Both may be on other pages of the list, and be purged meanwhile. */
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
  const named = (search.get('chosen') ?? '').split(',').filter((id) => id !== '').slice(0, 2);
  const [one = '', other = one] = named;
  const [{ data, error, operation }] = useQuery({ query: CHOSEN, variables: { one, other }, pause: one === '' });
  // An answer to what was asked before says nothing of these.
  const isOfThese = operation?.variables.one === one && operation.variables.other === other;
  const chosen = isOfThese && !isPassing(error) ? stillThere(named, data) : named;
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
  if (chosen.length < 2 || data?.one?.id !== one || data.other?.id !== other) {
    return { chosen, choose, pair: null };
  }
  const [base, target] = data.one.createdAt < data.other.createdAt ? [data.one, data.other] : [data.other, data.one];
  return { chosen, choose, pair: { base: base.id, target: target.id } };
}
