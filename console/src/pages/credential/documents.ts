import { graphql } from '../../gql';
import type { CheckCredentialMutation, CredentialQuery } from '../../gql/graphql';

export const CREDENTIAL = graphql(`
  query Credential($id: ID!) {
    tenant(id: $id) {
      id
      connectionStatus
      credential {
        ...CredentialFacts
      }
    }
  }

  fragment CredentialFacts on TenantCredential {
    kind
    clientId
    certificateThumbprint
    expiresAt
    status
    missingPermissions
    lastVerifiedAt
    updatedAt
  }
`);

export type Stored = NonNullable<NonNullable<CredentialQuery['tenant']>['credential']>;

export const SET_CREDENTIAL = graphql(`
  mutation SetCredential($input: SetTenantCredentialInput!) {
    setTenantCredential(input: $input) {
      credential {
        ...CredentialFacts
      }
      refusedPolicyTypes {
        policyType
        errorCode
        errorMessage
      }
      remarks
      userErrors {
        code
        message
        path
      }
    }
  }
`);

export const CHECK_CREDENTIAL = graphql(`
  mutation CheckCredential($id: ID!) {
    verifyTenantCredential(input: { tenantId: $id }) {
      credential {
        ...CredentialFacts
      }
      refusedPolicyTypes {
        policyType
        errorCode
        errorMessage
      }
      remarks
      userErrors {
        code
        message
        path
      }
    }
  }
`);

/** What a test sign-in has shown. */
export type Check = Omit<NonNullable<CheckCredentialMutation['verifyTenantCredential']>, 'userErrors' | '__typename'>;
export type Refusal = Check['refusedPolicyTypes'][number];

export const REMOVE_CREDENTIAL = graphql(`
  mutation RemoveCredential($id: ID!) {
    removeTenantCredential(input: { tenantId: $id }) {
      tenant {
        id
        connectionStatus
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);
