import { useSubscription } from 'urql';
import { graphql } from '../gql';

/**
 * What happens to a tenant's runs. The cache takes what it brings (`movingRun.ts`), and lists are asked
 * for again (`api/refresh.ts`), so pages need to do nothing else.
 */
const EVENTS = graphql(`
  subscription RunEvents($tenantId: ID!) {
    backupRunEvents(tenantId: $tenantId) {
      cursor
      kind
      run {
        ...MovingRun
      }
    }
  }
`);

export function useRunEvents(tenantId: string): void {
  useSubscription({ query: EVENTS, variables: { tenantId } });
}
