/** Reads single tenants anew, all that are due in one request. */

import type { Client } from '@urql/core';
import { graphql } from '../../gql';
import type { OverviewTenantFragment } from '../../gql/graphql';

const SOME = graphql(`
  query SomeOverviewTenants($ids: [ID!]!) {
    nodes(ids: $ids) {
      ... on Tenant {
        ...OverviewTenant
      }
    }
  }
`);

/** Events that come together, as when a run begins, are answered together. In milliseconds. */
const TOGETHER = 250;
/** The server looks up no more objects at once. */
const MOST = 100;

export interface Singly {
  /** Reads a tenant a moment later. One that is being read just then is read once more. */
  read: (tenantId: string) => void;
  stop: () => void;
}

export function readSingly(client: Client, tell: (nodes: readonly OverviewTenantFragment[]) => void): Singly {
  const due = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isReading = false;
  let isStopped = false;

  const soon = () => {
    if (!isReading && !isStopped && due.size > 0) {
      timer ??= setTimeout(() => void round(), TOGETHER);
    }
  };
  const round = async () => {
    timer = undefined;
    isReading = true;
    const ids = [...due].slice(0, MOST);
    ids.forEach((id) => due.delete(id));
    // One that is gone is null, and what fails is read with all others in a while.
    const { data } = await client.query(SOME, { ids }, { requestPolicy: 'network-only' }).toPromise();
    isReading = false;
    if (!isStopped) {
      tell((data?.nodes ?? []).filter((node): node is OverviewTenantFragment => node !== null && 'overview' in node));
      soon();
    }
  };
  return {
    read: (tenantId) => {
      due.add(tenantId);
      soon();
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
