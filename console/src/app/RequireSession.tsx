import { useMemo, type ReactNode } from 'react';
import { Navigate, useLocation } from 'react-router';
import { Provider } from 'urql';
import { connect } from '../api/client';
import { Shown } from '../api/shown';
import { openSocket } from '../api/socket';
import { useSessionState, type Session } from '../session/session';

/** Everything that was read belongs to one session: the next one begins with nothing. */
function Connected({ session, children }: { session: Session; children: ReactNode }) {
  // The socket closes by itself when nothing is subscribed to any more.
  const { client, shown } = useMemo(() => connect(session, openSocket(session)), [session]);
  return (
    <Provider value={client}>
      <Shown value={shown}>{children}</Shown>
    </Provider>
  );
}

/** Shows what is inside to those who have signed in, and the way to sign in to all others. */
export function RequireSession({ children }: { children: ReactNode }) {
  const state = useSessionState();
  const { pathname, search } = useLocation();
  if (state.kind === 'signed-in') {
    return <Connected session={state.session}>{children}</Connected>;
  }
  const query = new URLSearchParams();
  // Whoever left on purpose does not want to be led back.
  if (state.reason !== 'left' && pathname + search !== '/') {
    query.set('next', pathname + search);
  }
  return <Navigate replace to={{ pathname: '/sign-in', search: query.toString() }} />;
}
