import type { PolicyType } from '../gql/graphql';

/** One policy in a comparison: `KIND:GRAPH-ID`, as the address has it. */
export interface ComparedPolicy {
  policyType: PolicyType;
  policyGraphId: string;
}

export function entryOf({ policyType, policyGraphId }: ComparedPolicy): string {
  return `${policyType}:${policyGraphId}`;
}

/** Where two backup sets are compared, with one policy opened if one is given. */
export function compareAddress(tenantId: string, base: string, target: string, policy?: ComparedPolicy): string {
  const search = new URLSearchParams({ base, target, ...(policy !== undefined && { entry: entryOf(policy) }) });
  return `/tenants/${tenantId}/compare?${search.toString()}`;
}
