import type { PolicyType } from '../../gql/graphql';
import { useKindName } from '../../words/kinds';

/** What the chosen kinds are called. The catalog's names are English. */
export function KindNames({ kinds }: { kinds: readonly PolicyType[] }) {
  const kindName = useKindName();
  return (
    <ul className="kind-names" lang="en">
      {kinds.map((kind) => (
        <li key={kind}>{kindName(kind)}</li>
      ))}
    </ul>
  );
}
