import { graphql } from '../../gql';

/** What a set is called: its time and its schedule. */
export const NAMED_SET = graphql(`
  fragment NamedSet on BackupSet {
    id
    createdAt
    isComplete
    schedule {
      id
      name
    }
  }
`);

export const SETS = graphql(`
  query SetsToCompare($tenantId: ID!, $after: String) {
    tenant(id: $tenantId) {
      id
      backupSets(first: 100, after: $after) {
        totalCount
        nodes {
          ...NamedSet
        }
        pageInfo {
          ...PageOfList
        }
      }
    }
  }
`);

export const DIFF = graphql(`
  query Diff(
    $base: ID!
    $target: ID!
    $first: Int
    $after: String
    $last: Int
    $before: String
    $filter: BackupSetDiffFilter
  ) {
    backupSetDiff(baseId: $base, targetId: $target) {
      base {
        ...NamedSet
      }
      target {
        ...NamedSet
      }
      addedCount
      changedCount
      removedCount
      unchangedCount
      notComparedPolicyTypes
      entries(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        totalCount
        nodes {
          kind
          policyType
          policyGraphId
          name
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

/** One policy as each of the two sets holds it. */
export const BOTH = graphql(`
  query ComparedItems($base: ID!, $target: ID!, $filter: BackupItemFilter!) {
    base: backupSet(id: $base) {
      id
      createdAt
      items(first: 1, filter: $filter) {
        nodes {
          id
          name
          payload
          assignments
          scopeTagIds
          policy {
            id
          }
        }
      }
    }
    target: backupSet(id: $target) {
      id
      createdAt
      items(first: 1, filter: $filter) {
        nodes {
          id
          name
          payload
          assignments
          scopeTagIds
          policy {
            id
          }
        }
      }
    }
  }
`);

/** Found by name, for entries cannot be asked for by their policy; several may have the same. */
export const CHANGES = graphql(`
  query PolicyChanges($base: ID!, $target: ID!, $filter: BackupSetDiffFilter!) {
    backupSetDiff(baseId: $base, targetId: $target) {
      notComparedPolicyTypes
      entries(first: 10, filter: $filter) {
        nodes {
          kind
          policyType
          policyGraphId
          lastChange {
            actorName
            operation
            occurredAt
          }
          changes {
            part
            path
            label
            kind
            before
            after
          }
          isTruncated
          unavailableReason
        }
      }
    }
  }
`);
