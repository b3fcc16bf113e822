/** The secret part of a credential, as the form has it and as it is sent. */

import type { TenantCredentialSecretInput } from '../../gql/graphql';

export interface Secret {
  kind: 'clientSecret' | 'certificate';
  value: string;
  /** The day on which Entra lets a client secret expire, as its form shows it; empty when not told. */
  expiresOn: string;
  pem: string;
}

export const NO_SECRET: Secret = { kind: 'clientSecret', value: '', expiresOn: '', pem: '' };

export function sentSecret({ kind, value, expiresOn, pem }: Secret): TenantCredentialSecretInput {
  if (kind === 'certificate') {
    return { certificate: { pem } };
  }
  // The end of that day: a secret that expires today still works.
  const expiresAt = expiresOn === '' ? undefined : new Date(`${expiresOn}T23:59:59`).toISOString();
  return { clientSecret: { value: value.trim(), expiresAt } };
}
