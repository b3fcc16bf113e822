import { graphql } from '../../gql';
import type { ApiTokensQuery } from '../../gql/graphql';

export const TOKENS = graphql(`
  query ApiTokens(
    $id: ID!
    $filter: ApiTokenFilter!
    $orderBy: ApiTokenOrder!
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
      apiTokens(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        nodes {
          id
          name
          prefix
          role
          status
          createdAt
          expiresAt
          lastUsedAt
          revokedAt
          createdBy {
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

export type Token = NonNullable<NonNullable<ApiTokensQuery['tenant']>['apiTokens']>['nodes'][number];

export const CREATE_TOKEN = graphql(`
  mutation CreateApiToken($input: CreateApiTokenInput!) {
    createApiToken(input: $input) {
      token
      apiToken {
        id
        name
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

export const REVOKE_TOKEN = graphql(`
  mutation RevokeApiToken($id: ID!) {
    revokeApiToken(input: { apiTokenId: $id }) {
      apiToken {
        id
        status
        revokedAt
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);
