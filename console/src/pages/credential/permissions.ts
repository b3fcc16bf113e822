/** Which Graph permissions are needed, and which are missing. */

import type { BackupRunErrorCode, PolicyType } from '../../gql/graphql';
import type { Refusal } from './documents';

interface Kind {
  type: PolicyType;
  requiredPermissions: readonly string[];
}

export interface Needed {
  permission: string;
  kinds: PolicyType[];
}

/** The permissions that some kinds need, in alphabetical order, each with those that need it. */
export function neededFor(types: ReadonlySet<PolicyType>, catalog: readonly Kind[]): Needed[] {
  const needed = new Map<string, PolicyType[]>();
  for (const { type, requiredPermissions } of catalog) {
    if (types.has(type)) {
      for (const permission of requiredPermissions) {
        needed.set(permission, [...(needed.get(permission) ?? []), type]);
      }
    }
  }
  return [...needed]
    .map(([permission, kinds]) => ({ permission, kinds }))
    .sort((one, other) => one.permission.localeCompare(other.permission, 'en'));
}

export interface RefusalGroup {
  errorCode: BackupRunErrorCode;
  /** The permissions to grant; empty when something else is in the way. */
  permissions: string[];
  /** What the server says, where no permission says it. */
  message: string | null;
  kinds: PolicyType[];
}

/** Refused kinds by what is to be done about them: together where the same permissions are missing. */
export function groupsOf(refusals: readonly Refusal[], missing: readonly string[], catalog: readonly Kind[]): RefusalGroup[] {
  const groups = new Map<string, RefusalGroup>();
  for (const { policyType, errorCode, errorMessage } of refusals) {
    const required = catalog.find(({ type }) => type === policyType)?.requiredPermissions ?? [];
    const permissions = errorCode === 'PERMISSION_MISSING' ? required.filter((one) => missing.includes(one)) : [];
    const message = permissions.length === 0 ? errorMessage : null;
    const key = `${errorCode} ${permissions.join(' ')} ${message ?? ''}`;
    const group = groups.get(key) ?? { errorCode, permissions, message, kinds: [] };
    groups.set(key, { ...group, kinds: [...group.kinds, policyType] });
  }
  return [...groups.values()];
}
