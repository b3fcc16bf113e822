import { useTranslation } from 'react-i18next';
import type { PolicyType } from '../../gql/graphql';
import { useKindName } from '../../words/kinds';

/** How many kinds; which ones when asked for. */
export function KindList({ kinds }: { kinds: readonly PolicyType[] }) {
  const { t } = useTranslation('words');
  const kindName = useKindName();
  return (
    <details>
      <summary>{t('kinds', { count: kinds.length })}</summary>
      <ul className="kind-list">
        {kinds.map((kind) => (
          <li key={kind}>{kindName(kind)}</li>
        ))}
      </ul>
    </details>
  );
}
