import { graphql } from '../../gql';
import type { NotificationsQuery } from '../../gql/graphql';

export const NOTIFICATIONS = graphql(`
  query Notifications(
    $filter: NotificationFilter!
    $tenantId: ID
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    viewer {
      apiToken {
        id
      }
      unreadNotificationCount(tenantId: $tenantId)
      notifications(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        nodes {
          id
          kind
          severity
          title
          body
          createdAt
          readAt
          tenant {
            id
            name
            viewerPermissions
          }
          subject {
            __typename
            ... on BackupScheduleRun {
              id
              errorCode
              schedule {
                id
                name
              }
            }
            ... on BackupSchedule {
              id
              name
              deletedAt
            }
            ... on Tenant {
              id
            }
          }
        }
        pageInfo {
          ...PageOfList
        }
      }
    }
  }
`);

export type Notification = NotificationsQuery['viewer']['notifications']['nodes'][number];

export const MARK = graphql(`
  mutation MarkNotifications($ids: [ID!]!, $isRead: Boolean!) {
    markNotifications(input: { ids: $ids, isRead: $isRead }) {
      notifications {
        id
        readAt
      }
      unreadCount
      userErrors {
        code
        message
        path
      }
    }
  }
`);

export const MARK_ALL = graphql(`
  mutation MarkAllNotificationsRead($tenantId: ID, $upTo: DateTime) {
    markAllNotificationsRead(input: { tenantId: $tenantId, upTo: $upTo }) {
      markedCount
      unreadCount
      userErrors {
        code
        message
        path
      }
    }
  }
`);

export const TENANTS = graphql(`
  query NotificationTenants($search: String) {
    viewer {
      tenants(first: 20, filter: { search: $search }) {
        nodes {
          id
          name
        }
      }
    }
  }
`);

export const TENANT = graphql(`
  query NotificationTenant($id: ID!) {
    tenant(id: $id) {
      id
      name
    }
  }
`);
