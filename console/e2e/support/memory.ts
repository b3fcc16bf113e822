/** What the page still has in memory. */

import type { CDPSession, Page } from '@playwright/test';

interface Snapshot {
  strings: string[];
}

async function snapshot(session: CDPSession): Promise<Snapshot> {
  const chunks: string[] = [];
  const keep = ({ chunk }: { chunk: string }) => chunks.push(chunk);
  session.on('HeapProfiler.addHeapSnapshotChunk', keep);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  session.off('HeapProfiler.addHeapSnapshotChunk', keep);
  return JSON.parse(chunks.join('')) as Snapshot;
}

/** How many texts in the page's memory hold a text, after what nobody needs was thrown away. */
export async function heldInMemory(page: Page, text: string): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const { strings } = await snapshot(session);
  await session.detach();
  return strings.filter((held) => held.includes(text)).length;
}
