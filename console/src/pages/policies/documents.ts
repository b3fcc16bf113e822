import { graphql } from '../../gql';

export const POLICIES = graphql(`
  query Policies(
    $tenantId: ID!
    $first: Int
    $after: String
    $last: Int
    $before: String
    $filter: PolicyFilter
    $orderBy: PolicyOrder
  ) {
    tenant(id: $tenantId) {
      id
      policiesSyncedAt
      policies(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
        totalCount
        nodes {
          id
          name
          type
          graphModifiedAt
          lastSeenAt
          missingSince
          latestBackupItem {
            id
            backupSet {
              id
              createdAt
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

export const POLICY = graphql(`
  query Policy($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    policy(id: $id) {
      id
      tenant {
        id
      }
      graphId
      type
      name
      description
      graphCreatedAt
      graphModifiedAt
      lastSeenAt
      missingSince
      latestBackupItem {
        id
        backupSet {
          id
        }
      }
      versions(first: $first, after: $after, last: $last, before: $before) {
        totalCount
        nodes {
          stateHash
          backupSetCount
          changesAssignmentsOnly
          item {
            id
            name
          }
          firstBackupSet {
            id
            createdAt
          }
          lastBackupSet {
            id
            createdAt
          }
          lastChange {
            actorName
            operation
            occurredAt
          }
        }
        pageInfo {
          ...PageOfList
        }
      }
    }
  }
`);
