import { graphql } from '../../gql';

/** What the list and the page of one set show alike. */
export const SET_FACTS = graphql(`
  fragment SetFacts on BackupSet {
    id
    createdAt
    isComplete
    missingPolicyTypes
    itemCount
    payloadBytes
    verifiedAt
    damagedItemCount
    schedule {
      id
      name
    }
    previous {
      id
      createdAt
    }
    changes {
      addedCount
      changedCount
      removedCount
      unchangedCount
    }
    ...SetDeletion
  }
`);

/** What deleting a set, and bringing it back, changes. */
export const SET_DELETION = graphql(`
  fragment SetDeletion on BackupSet {
    id
    deletedAt
    deletionReason
    deletedBy {
      ...Who
    }
    purgeAt
  }
`);

export const SETS = graphql(`
  query Sets($tenantId: ID!, $first: Int, $after: String, $last: Int, $before: String, $filter: BackupSetFilter) {
    tenant(id: $tenantId) {
      id
      backupSets(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        totalCount
        nodes {
          ...SetFacts
        }
        pageInfo {
          ...PageOfList
        }
      }
    }
  }
`);

export const SET = graphql(`
  query Set($id: ID!) {
    backupSet(id: $id) {
      ...SetFacts
      tenant {
        id
      }
      policyTypes
      includesAssignments
      includesScopeTags
      contentHash
      run {
        id
        policyTypeResults {
          policyType
          itemCount
        }
      }
      changes {
        assignmentsChangedCount
        notComparedPolicyTypes
        byPolicyType {
          policyType
          addedCount
          changedCount
          removedCount
          unchangedCount
          assignmentsChangedCount
          base {
            id
          }
        }
      }
    }
  }
`);

export const ITEMS = graphql(`
  query SetItems(
    $id: ID!
    $first: Int
    $after: String
    $last: Int
    $before: String
    $filter: BackupItemFilter
    $orderBy: BackupItemOrder
  ) {
    backupSet(id: $id) {
      id
      items(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
        totalCount
        nodes {
          id
          name
          policyType
          policyModifiedAt
          payloadBytes
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

export const VERIFY = graphql(`
  mutation VerifySet($input: VerifyBackupSetInput!) {
    verifyBackupSet(input: $input) {
      backupSet {
        id
        verifiedAt
        damagedItemCount
      }
      isSound
      damagedItems {
        id
        name
        policyType
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

export const DELETE = graphql(`
  mutation DeleteSet($input: DeleteBackupSetInput!) {
    deleteBackupSet(input: $input) {
      backupSet {
        ...SetDeletion
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

export const UNDELETE = graphql(`
  mutation UndeleteSet($input: UndeleteBackupSetInput!) {
    undeleteBackupSet(input: $input) {
      backupSet {
        ...SetDeletion
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);
