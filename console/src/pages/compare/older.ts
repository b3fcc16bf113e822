/** What is listed below the first page of a list that moves. */

interface Place {
  hasNextPage: boolean;
  endCursor?: string | null;
}

interface Listed<One> {
  nodes: readonly One[];
  pageInfo: Place;
}

export interface Older<One> {
  /** How the first page was when they were listed. */
  below: string;
  nodes: readonly One[];
  pageInfo: Place;
}

/** How a first page is: another text when what comes after it may be something else. */
export function stateOf({ pageInfo, totalCount }: { pageInfo: Place; totalCount: number }): string {
  return `${totalCount} ${pageInfo.endCursor ?? ''}`;
}

/** The newest and the older ones, each once: one may have come to both pages while the list moved. */
export function together<One extends { id: string }>(newest: readonly One[], older: readonly One[]): One[] {
  const listed = new Set(newest.map(({ id }) => id));
  return [...newest, ...older.filter(({ id }) => !listed.has(id))];
}

/** Lists what comes after a page until there are enough, or no more. Null when that fails on the way. */
export async function listAfter<One>(
  page: Listed<One>,
  enough: number,
  read: (after: string | null) => Promise<Listed<One> | null>,
): Promise<Listed<One> | null> {
  const nodes: One[] = [];
  let { pageInfo } = page;
  while (nodes.length < enough && pageInfo.hasNextPage) {
    const next = await read(pageInfo.endCursor ?? null);
    if (next === null) {
      return null;
    }
    nodes.push(...next.nodes);
    pageInfo = next.pageInfo;
  }
  return { nodes, pageInfo };
}
