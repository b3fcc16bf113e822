/**
 * A sign-in in another window, for a page that has to stay: what is typed there is not lost. The window
 * hands its session over and goes. Both are of this origin, and no other window knows the name of the
 * channel.
 */

import { newKey } from '../api/newKey';
import { isSession, leave, type Session } from './session';

/** How long the page may take to answer, in milliseconds. */
const PATIENCE = 3_000;
const TAKEN = 'taken';
/** In the address of a sign-in by somebody who may be signed in already: a new window begins with a copy of that. */
export const ANEW = 'anew';

function channelOf(name: string): BroadcastChannel {
  return new BroadcastChannel(`tenantatlas.hand-over.${name}`);
}

interface Awaited {
  /** Where the other window has to begin. */
  address: string;
  stop: () => void;
}

/** Waits for a session that another window hands over. */
export function awaitSession(onCome: (session: Session) => void): Awaited {
  const name = newKey();
  const channel = channelOf(name);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (isSession(data)) {
      channel.postMessage(TAKEN);
      channel.close();
      onCome(data);
    }
  };
  const next = `/signed-in?${new URLSearchParams({ for: name }).toString()}`;
  return { address: `/sign-in?${new URLSearchParams({ next, [ANEW]: '1' }).toString()}`, stop: () => channel.close() };
}

/** Hands this window's session over. Ends it here once it was taken; false when nobody waits for it any more. */
export async function handOver(name: string, session: Session): Promise<boolean> {
  const channel = channelOf(name);
  const isTaken = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), PATIENCE);
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (data === TAKEN) {
        clearTimeout(timer);
        resolve(true);
      }
    };
    channel.postMessage(session);
  });
  channel.close();
  if (isTaken) {
    leave();
  }
  return isTaken;
}
