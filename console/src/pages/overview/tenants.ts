/** All tenants of the caller, page after page. */

import type { Client } from '@urql/core';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';
import { failureOf, type Failure } from '../../api/failure';
import { keepFresh, type Fresh } from '../../api/fresh';
import { useRefreshed } from '../../api/shown';
import { graphql } from '../../gql';
import type { OverviewTenantsQuery } from '../../gql/graphql';
import { readSingly, type Singly } from './singly';

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
export async function readAll(client: Client, tell: (so: Tenants) => void): Promise<void> {
  const rows: TenantRow[] = [];
  let after: string | null = null;
  for (let count = 1; ; count += 1) {
    const { data, error } = await client.query(TENANTS, { after }, { requestPolicy: 'network-only' }).toPromise();
    // Null when an answer holds nothing but errors.
    if (data == null) {
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

/** With some tenants as they are now. */
function withSome(tenants: Tenants, nodes: readonly TenantRow['node'][]): Tenants {
  const now = new Map(nodes.map((node) => [node.id, node]));
  const anew = (row: TenantRow) => {
    const node = now.get(row.node.id);
    return node === undefined ? row : { ...row, node };
  };
  return { ...tenants, rows: tenants.rows.map(anew) };
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
  const single = useRef<Singly>(null);
  const readOne = useCallback((tenantId: string) => single.current?.read(tenantId), []);
  useEffect(() => {
    const reader = keepFresh(() => readAll(client, (next) => setTenants((before) => merged(before, next))));
    fresh.current = reader;
    reader.now();
    const singly = readSingly(client, (nodes) => setTenants((before) => withSome(before, nodes)));
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
