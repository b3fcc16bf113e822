import { useMemo, useState, type ReactNode } from 'react';
import { Navigate, useLocation } from 'react-router';
import { Provider } from 'urql';
import { connect } from '../api/client';
import { Shown } from '../api/shown';
import { openSocket } from '../api/socket';
import { useSessionState, type Session } from '../session/session';
import { SignInAgain } from './SignInAgain';

/** What was read belongs to one session: the next one reads anew. */
function Connected({ session, children }: { session: Session; children: ReactNode }) {
  // The socket closes by itself when nothing is subscribed to any more.
  const { client, shown } = useMemo(() => connect(session, openSocket(session)), [session]);
  return (
    <Provider value={client}>
      <Shown value={shown}>{children}</Shown>
    </Provider>
  );
}

/**
 * Shows what is inside to those who have signed in, and the way to sign in to all others. A session that
 * ends leaves the page under the question to sign in again: for the same person it goes on as it was,
 * for another one it begins anew.
 */
export function RequireSession({ children }: { children: ReactNode }) {
  const state = useSessionState();
  const { pathname, search } = useLocation();
  const [held, hold] = useState<Session | null>(null);
  const [isGivenUp, setGivenUp] = useState(false);
  if (state.kind === 'signed-in' && state.session !== held) {
    hold(state.session);
  }
  const session = state.kind === 'signed-in' ? state.session : state.reason === 'expired' ? held : null;
  if (session !== null && !isGivenUp) {
    return (
      <>
        <Connected key={session.who} session={session}>
          {children}
        </Connected>
        {state.kind === 'signed-out' && <SignInAgain isOfToken={session.authority === null} onGiveUp={() => setGivenUp(true)} />}
      </>
    );
  }
  const query = new URLSearchParams();
  // Whoever left on purpose does not want to be led back.
  if (pathname + search !== '/' && !(state.kind === 'signed-out' && state.reason === 'left')) {
    query.set('next', pathname + search);
  }
  return <Navigate replace to={{ pathname: '/sign-in', search: query.toString() }} />;
}
