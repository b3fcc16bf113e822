/** Fields that many documents ask for. */

import { graphql } from '../gql';

export const PAGE_OF_LIST = graphql(`
  fragment PageOfList on PageInfo {
    hasNextPage
    hasPreviousPage
    startCursor
    endCursor
  }
`);

/** Who did something. With its identity where it has one, for objects are kept by theirs. */
export const WHO = graphql(`
  fragment Who on Actor {
    __typename
    displayName
    ... on User {
      id
    }
    ... on ApiToken {
      id
    }
  }
`);
