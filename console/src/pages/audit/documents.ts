import { graphql } from '../../gql';
import type { AuditLogQuery } from '../../gql/graphql';

export const AUDIT_LOG = graphql(`
  query AuditLog(
    $id: ID!
    $filter: AuditLogFilter!
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    tenant(id: $id) {
      id
      auditLog(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        nodes {
          id
          occurredAt
          action
          outcome
          actor {
            ...Who
          }
          target {
            __typename
            id
          }
          targetName
          changes
          requestId
          ipAddress
        }
        pageInfo {
          ...PageOfList
        }
      }
    }
  }
`);

export type Entry = NonNullable<NonNullable<AuditLogQuery['tenant']>['auditLog']>['nodes'][number];

/** Who may have done something: those who are members now, and the tokens that are listed. */
export const AUDIT_ACTORS = graphql(`
  query AuditActors($id: ID!, $search: String) {
    tenant(id: $id) {
      id
      members(first: 20, filter: { search: $search }) {
        nodes {
          id
          user {
            id
            displayName
            email
          }
        }
      }
      apiTokens(first: 20, filter: { search: $search }) {
        nodes {
          id
          displayName
          prefix
        }
      }
    }
  }
`);
