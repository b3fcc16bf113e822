import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { AllSchedulesQuery } from '../gql/graphql';

/** The kinds only where they are needed: a schedule has many. */
const SCHEDULES = graphql(`
  query AllSchedules($tenantId: ID!, $after: String, $withKinds: Boolean!) {
    tenant(id: $tenantId) {
      id
      backupSchedules(first: 100, after: $after) {
        nodes {
          id
          name
          policyTypes @include(if: $withKinds)
        }
        pageInfo {
          ...PageOfList
        }
      }
    }
  }
`);

type Listed = NonNullable<AllSchedulesQuery['tenant']>['backupSchedules']['nodes'][number];

/** All schedules of a tenant. It has at most 200, which are two pages. */
export function useAllSchedules(tenantId: string, withKinds = false): readonly Listed[] {
  const [{ data: first }] = useQuery({ query: SCHEDULES, variables: { tenantId, after: null, withKinds } });
  const page = first?.tenant?.backupSchedules;
  const isLong = page?.pageInfo.hasNextPage === true;
  const [{ data: second }] = useQuery({
    query: SCHEDULES,
    variables: { tenantId, after: page?.pageInfo.endCursor ?? null, withKinds },
    pause: !isLong,
  });
  return [...(page?.nodes ?? []), ...(isLong ? (second?.tenant?.backupSchedules.nodes ?? []) : [])];
}
