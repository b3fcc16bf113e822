import type { PolicyType } from '../../gql/graphql';
import { useKindName } from '../../words/kinds';

/** What the chosen kinds are called. */
export function KindNames({ kinds }: { kinds: readonly PolicyType[] }) {
  const kindName = useKindName();
  return (
    <ul className="kind-names">
      {kinds.map((kind) => (
        <li key={kind}>{kindName(kind)}</li>
      ))}
    </ul>
  );
}
