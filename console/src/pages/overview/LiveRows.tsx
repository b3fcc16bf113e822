/** Tenants on the screen are followed: what happens to their runs is in their rows at once. */

import { useEffect, useMemo, useRef, useState, type RefObject } from 'react';
import { useQuery, useSubscription } from 'urql';
import { ofOne } from '../../api/streams';
import { graphql } from '../../gql';

const EVENTS = graphql(`
  subscription OverviewEvents($tenantId: ID!) {
    backupRunEvents(tenantId: $tenantId, includeProgress: false) {
      cursor
      kind
      run {
        id
        status
      }
    }
  }
`);

const LIMIT = graphql(`
  query StreamLimit {
    serverInfo {
      limits {
        maxOperationsPerSocket
      }
    }
  }
`);

/** Streams that are left to the rest of the console, and to a page that comes before this one has gone. */
const LEFT = 6;
/** How long rows have to stay on the screen before they are followed, in milliseconds. */
const SETTLED = 400;

/** Which rows of a table are on the screen, by their keys. The others are read once a minute. */
export function useSeenRows(keys: readonly string[]): [frame: RefObject<HTMLDivElement | null>, seen: readonly string[]] {
  const frame = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState<readonly string[]>([]);
  const listed = keys.join(' ');
  useEffect(() => {
    const visible = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const key = target.getAttribute('data-row') ?? '';
        if (isIntersecting) {
          visible.add(key);
        } else {
          visible.delete(key);
        }
      }
      clearTimeout(timer);
      timer = setTimeout(() => setSeen([...visible]), SETTLED);
    });
    frame.current?.querySelectorAll('tr[data-row]').forEach((row) => observer.observe(row));
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, [listed]);
  return [frame, seen];
}

interface Props {
  /** Who was moved by an event. */
  onMove: (tenantId: string) => void;
}

function LiveRow({ id, onMove }: Props & { id: string }) {
  const context = useMemo(() => ofOne(() => onMove(id)), [id, onMove]);
  useSubscription({ query: EVENTS, variables: { tenantId: id }, context }, (_, event) => {
    onMove(id);
    return event;
  });
  return null;
}

/** Follows as many tenants as the server grants to one page, the first ones. */
export function LiveRows({ ids, onMove }: Props & { ids: readonly string[] }) {
  const [{ data }] = useQuery({ query: LIMIT, requestPolicy: 'cache-first' });
  const most = Math.max(0, (data?.serverInfo.limits.maxOperationsPerSocket ?? 0) - LEFT);
  return [...new Set(ids)].slice(0, most).map((id) => <LiveRow key={id} id={id} onMove={onMove} />);
}
