import { useQuery, useSubscription } from 'urql';
import { graphql } from '../gql';
import type { ViewerQuery } from '../gql/graphql';

const VIEWER = graphql(`
  query Viewer {
    viewer {
      actor {
        ...Who
      }
      credentialExpiresAt
      canCreateTenants
      unreadNotificationCount
    }
  }
`);

/** Each event has all that is shown asked for again (`api/refresh.ts`); what was read changes in place. */
const EVENTS = graphql(`
  subscription NotificationEvents {
    notificationEvents {
      cursor
      kind
      unreadCount
      notification {
        id
        readAt
      }
    }
  }
`);

export type Viewer = ViewerQuery['viewer'];

export function useViewer(): Viewer | undefined {
  const [{ data }] = useQuery({ query: VIEWER });
  return data?.viewer;
}

/** Follows the caller's notifications. An API token has none. */
export function useNotificationEvents(viewer: Viewer | undefined): void {
  useSubscription({ query: EVENTS, pause: viewer === undefined || viewer.actor.__typename === 'ApiToken' });
}
