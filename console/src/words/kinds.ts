/** The catalog of kinds: what each is called, and what it takes to read it. */

import { useCallback, useMemo } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { KindCatalogQuery, PolicyType } from '../gql/graphql';
import { useTold } from '../i18n/useTold';

const CATALOG = graphql(`
  query KindCatalog {
    policyTypes {
      type
      displayName
      requiredPermissions
      hasAssignments
      hasScopeTags
      isBeta
      tier
      unavailableReason
    }
  }
`);

type Catalogued = KindCatalogQuery['policyTypes'][number];

export interface Kind extends Catalogued {
  /** The language of its name, where that is not the reader's. */
  lang: string | undefined;
}

/** Never changes while the server runs, so it is asked for once. Its texts are in the reader's language. */
export function useKinds(): readonly Kind[] {
  const [{ data }] = useQuery({ query: CATALOG, requestPolicy: 'cache-first' });
  const told = useTold();
  return useMemo(
    () =>
      (data?.policyTypes ?? []).map((kind) => {
        const name = told(`kind.${kind.type}`, kind.displayName);
        return {
          ...kind,
          displayName: name.text,
          lang: name.lang,
          unavailableReason:
            kind.unavailableReason == null ? null : told(`unavailable.${kind.type}`, kind.unavailableReason).text,
        };
      }),
    [data, told],
  );
}

/** What a kind is called; its code until the catalog is there, and for kinds of newer servers. */
export function useKindName(): (kind: PolicyType) => string {
  const kinds = useKinds();
  return useCallback(
    (kind) => kinds.find((one) => one.type === kind)?.displayName ?? kind,
    [kinds],
  );
}
