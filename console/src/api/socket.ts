/** The WebSocket that all subscriptions share. */

import { createClient, type Client } from 'graphql-ws';
import { currentSession, expire, type Session } from '../session/session';
import { setConnection } from './connection';

/** The server's word for a credential that is refused or has expired. */
const FORBIDDEN = 4403;
/** Waits between attempts grow up to this. */
const LONGEST_WAIT = 15_000;

function closeCode(reason: unknown): number | undefined {
  const has = typeof reason === 'object' && reason !== null && 'code' in reason;
  return has && typeof reason.code === 'number' ? reason.code : undefined;
}

/** Waits for a while that grows, or until the browser says that there is a network again. */
async function pause(attempts: number): Promise<void> {
  const longest = Math.min(LONGEST_WAIT, 500 * 2 ** attempts);
  const wait = longest / 2 + (Math.random() * longest) / 2;
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, wait);
    addEventListener('online', done);
  });
}

export function openSocket(session: Session): Client {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return createClient({
    url: `${scheme}//${location.host}/graphql`,
    lazy: true,
    lazyCloseTimeout: 3_000,
    keepAlive: 15_000,
    connectionParams: { authorization: `Bearer ${session.token}` },
    retryAttempts: Infinity,
    retryWait: pause,
    shouldRetry: (reason) => currentSession() === session && closeCode(reason) !== FORBIDDEN,
    on: {
      connected: () => setConnection('connected'),
      closed: (event) => {
        const code = closeCode(event);
        if (code === FORBIDDEN && currentSession() === session) {
          expire();
        }
        // 1000 is our own goodbye: nobody is subscribed to anything any more.
        setConnection(code === 1000 ? 'idle' : 'lost');
      },
    },
  });
}
