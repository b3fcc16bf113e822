/** All tenants of the caller, page after page. */

import type { Client } from '@urql/core';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';
import { failureOf, type Failure } from '../../api/failure';
import { keepFresh, type Fresh } from '../../api/fresh';
import { useRefreshed } from '../../api/shown';
import { graphql } from '../../gql';
import type { OverviewTenantsQuery } from '../../gql/graphql';

export const OVERVIEW_TENANT = graphql(`
  fragment OverviewTenant on Tenant {
    id
    name
    entraTenantId
    connectionStatus
    overview {
      scheduleCount
      activeRunCount
      failedRunCountLast24Hours
      partialRunCountLast24Hours
      staleScheduleCount
      lastSucceededAt
      nextRunAt
      storageBytes
    }
  }
`);

const ONE = graphql(`
  query OneOverviewTenant($id: ID!) {
    tenant(id: $id) {
      ...OverviewTenant
    }
  }
`);

const TENANTS = graphql(`
  query OverviewTenants($after: String) {
    viewer {
      tenants(first: 100, after: $after) {
        edges {
          viewerRole
          node {
            ...OverviewTenant
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

/** Events of one tenant that come together, as when a run begins, are answered together. In milliseconds. */
const TOGETHER = 250;

/** More pages than these are not read: they would cost more than the server grants in a minute. */
const MOST_PAGES = 10;

export type TenantRow = OverviewTenantsQuery['viewer']['tenants']['edges'][number];

export interface Tenants {
  rows: readonly TenantRow[];
  /** Whether all pages have come, at some time. */
  isWhole: boolean;
  /** Whether there are more than are read. */
  isCut: boolean;
  failure: Failure | null;
}

type Page = OverviewTenantsQuery['viewer']['tenants'];

/** What was read before, for those who come back to the page. */
function remembered(client: Client): Tenants {
  const rows: TenantRow[] = [];
  let page: Page | undefined;
  do {
    page = client.readQuery(TENANTS, { after: page?.pageInfo.endCursor ?? null })?.data?.viewer.tenants;
    rows.push(...(page?.edges ?? []));
  } while (page?.pageInfo.hasNextPage === true && rows.length < MOST_PAGES * 100);
  return { rows, isWhole: page !== undefined, isCut: page?.pageInfo.hasNextPage === true, failure: null };
}

/** Reads all pages, one after the other, and tells after each how far it is. */
async function readAll(client: Client, tell: (so: Tenants) => void): Promise<void> {
  const rows: TenantRow[] = [];
  let after: string | null = null;
  for (let count = 1; ; count += 1) {
    const { data, error } = await client.query(TENANTS, { after }, { requestPolicy: 'network-only' }).toPromise();
    if (data === undefined) {
      tell({ rows, isWhole: false, isCut: false, failure: error === undefined ? null : failureOf(error) });
      return;
    }
    const { edges, pageInfo }: Page = data.viewer.tenants;
    rows.push(...edges);
    const isLast = !pageInfo.hasNextPage || count === MOST_PAGES;
    tell({ rows: [...rows], isWhole: isLast, isCut: isLast && pageInfo.hasNextPage, failure: null });
    if (isLast) {
      return;
    }
    after = pageInfo.endCursor ?? null;
  }
}

/** What is shown before stays until the same is there anew. */
function merged(before: Tenants, next: Tenants): Tenants {
  if (next.failure !== null) {
    return { ...before, failure: next.failure };
  }
  return before.isWhole && !next.isWhole ? before : next;
}

/** With one tenant as it is now. */
function withOne(tenants: Tenants, node: TenantRow['node']): Tenants {
  return { ...tenants, rows: tenants.rows.map((row) => (row.node.id === node.id ? { ...row, node } : row)) };
}

/** Reads single tenants anew, a moment after it was asked for. */
function readSingly(client: Client, tell: (node: TenantRow['node']) => void) {
  const due = new Map<string, ReturnType<typeof setTimeout>>();
  const read = async (id: string) => {
    due.delete(id);
    const { data } = await client.query(ONE, { id }, { requestPolicy: 'network-only' }).toPromise();
    if (data?.tenant != null) {
      tell(data.tenant);
    }
  };
  return {
    read: (id: string) => {
      if (!due.has(id)) {
        due.set(id, setTimeout(() => void read(id), TOGETHER));
      }
    },
    stop: () => due.forEach((timer) => clearTimeout(timer)),
  };
}

interface Reading extends Tenants {
  again: () => void;
  /** Reads one anew. Stays the same function. */
  readOne: (tenantId: string) => void;
}

export function useTenants(): Reading {
  const client = useClient();
  const [tenants, setTenants] = useState<Tenants>(() => remembered(client));
  const fresh = useRef<Fresh>(null);
  const soon = useCallback(() => fresh.current?.soon(), []);
  const single = useRef<ReturnType<typeof readSingly>>(null);
  const readOne = useCallback((tenantId: string) => single.current?.read(tenantId), []);
  useEffect(() => {
    const reader = keepFresh(() => readAll(client, (next) => setTenants((before) => merged(before, next))));
    fresh.current = reader;
    reader.now();
    const singly = readSingly(client, (node) => setTenants((before) => withOne(before, node)));
    single.current = singly;
    return () => {
      reader.stop();
      singly.stop();
    };
  }, [client]);
  // Notifications tell of what happened to tenants, and a connection that is back of a time without any.
  useRefreshed(soon);
  return { ...tenants, again: () => fresh.current?.now(), readOne };
}
