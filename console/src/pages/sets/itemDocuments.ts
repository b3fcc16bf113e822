import { graphql } from '../../gql';

export const ITEM = graphql(`
  query Item($id: ID!) {
    node(id: $id) {
      id
      ... on BackupItem {
        name
        policyType
        subKind
        policyGraphId
        payloadBytes
        scopeTagIds
        contentHash
        stateHash
        policyModifiedAt
        capturedAt
        lastChange {
          actorName
          operation
          occurredAt
        }
        references {
          kind
          graphId
          name
        }
        backupSet {
          id
          tenant {
            id
          }
          createdAt
          deletedAt
          previous {
            id
          }
        }
        policy {
          id
          versions(first: 50) {
            nodes {
              stateHash
              lastBackupSet {
                id
                createdAt
              }
            }
          }
        }
      }
    }
  }
`);

/** Apart from the rest, for it may be too large to be answered. */
export const CONTENT = graphql(`
  query ItemContent($id: ID!) {
    node(id: $id) {
      id
      ... on BackupItem {
        payload
        assignments
      }
    }
  }
`);
