/** The WebSocket that all subscriptions share. */

import { createClient, type Client } from 'graphql-ws';
import { currentSession, expire, onSessionChange, type Session } from '../session/session';
import { setConnection } from './connection';
import { waitOf } from './wait';

/** The server's word for a credential that is refused or has expired. */
const FORBIDDEN = 4403;
/** The same, when a caller has too many connections: another one may close soon. */
const ONE_TOO_MANY = 'too many connections';
/** How long the server may take to answer a ping, in milliseconds. */
const PATIENCE = 8_000;
/** Waits between attempts grow from about the first to the last. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;

function closeCode(reason: unknown): number | undefined {
  const has = typeof reason === 'object' && reason !== null && 'code' in reason;
  return has && typeof reason.code === 'number' ? reason.code : undefined;
}

/** Whether the server takes the session's token no longer. */
function isOver(event: unknown): boolean {
  const isCrowded =
    typeof event === 'object' && event !== null && 'reason' in event && event.reason === ONE_TOO_MANY;
  return closeCode(event) === FORBIDDEN && !isCrowded;
}

/** Waits for a while that grows, or until the browser says that there is a network again. */
async function pause(attempts: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, waitOf(attempts, FIRST_WAIT, LONGEST_WAIT));
    addEventListener('online', done);
  });
}

export function openSocket(session: Session): Client {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  let unanswered: ReturnType<typeof setTimeout> | undefined;
  const answered = () => {
    clearTimeout(unanswered);
    unanswered = undefined;
  };
  const client = createClient({
    url: `${scheme}//${location.host}/graphql`,
    lazy: true,
    lazyCloseTimeout: 3_000,
    keepAlive: 15_000,
    // A network may be lost right after it was opened.
    connectionAckWaitTimeout: PATIENCE,
    connectionParams: { authorization: `Bearer ${session.token}` },
    retryAttempts: Infinity,
    retryWait: pause,
    shouldRetry: (reason) => currentSession() === session && !isOver(reason),
    on: {
      connected: () => setConnection('connected'),
      // A network that is gone without a word is only noticed by what does not come.
      ping: (isReceived) => {
        if (!isReceived) {
          unanswered ??= setTimeout(() => client.terminate(), PATIENCE);
        }
      },
      pong: answered,
      message: answered,
      closed: (event) => {
        answered();
        if (currentSession() !== session) {
          return;
        }
        if (isOver(event)) {
          expire(session);
          return;
        }
        // 1000 is our own goodbye: nobody is subscribed to anything any more.
        setConnection(closeCode(event) === 1000 ? 'idle' : 'lost');
      },
    },
  });
  const end = () => client.terminate();
  addEventListener('offline', end);
  const forget = onSessionChange(() => {
    removeEventListener('offline', end);
    forget();
  });
  return client;
}
