import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { AllSchedulesQuery } from '../gql/graphql';
import type { Query } from '../ui/Loaded';

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

/** All schedules of a tenant, once the last of them has come. It has at most 200, which are two pages. */
export function useAllSchedules(tenantId: string, withKinds = false): Query<readonly Listed[]> {
  const [first, askFirst] = useQuery({ query: SCHEDULES, variables: { tenantId, after: null, withKinds } });
  const page = first.data?.tenant?.backupSchedules;
  const isLong = page?.pageInfo.hasNextPage === true;
  const [second, askSecond] = useQuery({
    query: SCHEDULES,
    variables: { tenantId, after: page?.pageInfo.endCursor ?? null, withKinds },
    pause: !isLong,
  });
  const rest = isLong ? second.data?.tenant?.backupSchedules.nodes : [];
  return [
    {
      data: page === undefined || rest === undefined ? undefined : [...page.nodes, ...rest],
      error: first.error ?? (isLong ? second.error : undefined),
      fetching: first.fetching || (isLong && second.fetching),
    },
    (options) => {
      askFirst(options);
      if (isLong) {
        askSecond(options);
      }
    },
  ];
}
