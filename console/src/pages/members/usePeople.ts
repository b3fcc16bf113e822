import { useQuery } from 'urql';
import type { Found } from '../../ui/SearchChoice';
import { KNOWN_PEOPLE } from './documents';

interface People {
  found: Found[];
  /** In how many tenants they were looked for, and how many there are. */
  searched: number;
  tenantCount: number;
}

/** People of the caller's other tenants whose name or address holds a text, each once. */
export function usePeople(tenantId: string, search: string): People {
  const [{ data }] = useQuery({ query: KNOWN_PEOPLE, variables: { tenantId, search: search === '' ? null : search } });
  const tenants = data?.viewer.tenants.nodes ?? [];
  const here = new Set(data?.tenant?.members?.nodes.map(({ user }) => user.id));
  const found = new Map<string, Found>();
  for (const { name, members } of tenants) {
    for (const { user } of members?.nodes ?? []) {
      if (!here.has(user.id)) {
        found.set(user.id, { value: user.id, text: user.displayName, more: user.email ?? name });
      }
    }
  }
  return { found: [...found.values()], searched: tenants.length, tenantCount: data?.viewer.tenants.totalCount ?? 0 };
}
