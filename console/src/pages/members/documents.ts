import { graphql } from '../../gql';
import type { MembersQuery } from '../../gql/graphql';

export const MEMBERS = graphql(`
  query Members(
    $id: ID!
    $filter: TenantMemberFilter!
    $orderBy: TenantMemberOrder!
    $first: Int
    $after: String
    $last: Int
    $before: String
  ) {
    viewer {
      user {
        id
      }
    }
    tenant(id: $id) {
      id
      members(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        nodes {
          id
          role
          createdAt
          user {
            id
            displayName
            email
          }
          addedBy {
            ...Who
          }
        }
        pageInfo {
          ...PageOfList
        }
      }
    }
  }
`);

export type Member = NonNullable<NonNullable<MembersQuery['tenant']>['members']>['nodes'][number];

/** People of the caller's other tenants, as far as the caller may list them, and those who are here already. */
export const KNOWN_PEOPLE = graphql(`
  query KnownPeople($tenantId: ID!, $search: String) {
    tenant(id: $tenantId) {
      id
      members(first: 100, filter: { search: $search }) {
        nodes {
          id
          user {
            id
          }
        }
      }
    }
    viewer {
      tenants(first: 40, filter: { minimumRole: MANAGER }) {
        nodes {
          id
          name
          members(first: 10, filter: { search: $search }) {
            nodes {
              id
              user {
                id
                displayName
                email
              }
            }
          }
        }
        totalCount
      }
    }
  }
`);

export const ADD_MEMBER = graphql(`
  mutation AddMember($input: AddTenantMemberInput!) {
    addTenantMember(input: $input) {
      member {
        id
        user {
          id
          displayName
        }
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

export const CHANGE_ROLE = graphql(`
  mutation ChangeMemberRole($id: ID!, $role: TenantRole!) {
    updateTenantMember(input: { memberId: $id, role: $role }) {
      member {
        id
        role
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

export const REMOVE_MEMBER = graphql(`
  mutation RemoveMember($id: ID!) {
    removeTenantMember(input: { memberId: $id }) {
      removedMemberId
      userErrors {
        code
        message
        path
      }
    }
  }
`);
