import { graphql } from '../../gql';

export const SETS = graphql(`
  query Sets($tenantId: ID!, $first: Int, $after: String, $last: Int, $before: String, $filter: BackupSetFilter) {
    tenant(id: $tenantId) {
      id
      backupSets(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        totalCount
        nodes {
          id
          createdAt
          isComplete
          missingPolicyTypes
          itemCount
          payloadBytes
          verifiedAt
          damagedItemCount
          deletedAt
          schedule {
            id
            name
          }
          previous {
            id
          }
          changes {
            addedCount
            changedCount
            removedCount
            unchangedCount
          }
        }
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
      }
    }
  }
`);

export const SCHEDULES = graphql(`
  query SchedulesOfSets($tenantId: ID!) {
    tenant(id: $tenantId) {
      id
      backupSchedules(first: 100) {
        nodes {
          id
          name
        }
      }
    }
  }
`);

export const SET = graphql(`
  query Set($id: ID!) {
    backupSet(id: $id) {
      id
      tenant {
        id
      }
      createdAt
      isComplete
      policyTypes
      missingPolicyTypes
      includesAssignments
      includesScopeTags
      itemCount
      payloadBytes
      contentHash
      verifiedAt
      damagedItemCount
      deletedAt
      deletionReason
      deletedBy {
        displayName
        ... on Node {
          id
        }
      }
      purgeAt
      schedule {
        id
        name
      }
      run {
        id
        policyTypeResults {
          policyType
          itemCount
        }
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
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
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
        id
        deletedAt
        deletionReason
        deletedBy {
          displayName
          ... on Node {
            id
          }
        }
        purgeAt
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
        id
        deletedAt
        deletionReason
        deletedBy {
          displayName
        }
        purgeAt
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);
