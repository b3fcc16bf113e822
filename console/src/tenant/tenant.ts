/** The tenant that a page is about, and what the caller may do in it. */

import { createContext, useContext } from 'react';
import type { TenantPermission, TenantShellQuery } from '../gql/graphql';

export type Tenant = NonNullable<TenantShellQuery['tenant']>;

export const TenantContext = createContext<Tenant | null>(null);

/** Only below the tenant's own pages. */
export function useTenant(): Tenant {
  const tenant = useContext(TenantContext);
  if (tenant === null) {
    throw new Error('this is shown outside of a tenant');
  }
  return tenant;
}

/** Whether the caller may do something here. What is not allowed is not offered. */
export function useMay(): (permission: TenantPermission) => boolean {
  const { viewerPermissions } = useTenant();
  return (permission) => viewerPermissions.includes(permission);
}
