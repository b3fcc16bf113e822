/** What the console has to say beside the page. Errors stay until they are read. */

import { UNSTABLE_ToastQueue as ToastQueue } from 'react-aria-components';
import type { Failure } from '../api/failure';
import { onSessionChange } from '../session/session';

export type Notice =
  | { kind: 'done'; text: string; undo?: () => void }
  | { kind: 'refused'; text: string; details: string[] }
  | { kind: 'failed'; failure: Failure };

/** How long good news stay. Those that can be undone stay longer. */
const BRIEF = 6_000;
const UNDOABLE = 15_000;

export const notices = new ToastQueue<Notice>({ maxVisibleToasts: 4 });

// They speak of what one person did and saw, and undo it in that person's name.
onSessionChange(() => notices.clear());

export function tell(notice: Notice): void {
  const timeout = notice.kind === 'done' ? (notice.undo === undefined ? BRIEF : UNDOABLE) : undefined;
  notices.add(notice, { timeout });
}
