import { useEffect, useRef, useState } from 'react';
import { awaitSession } from '../session/handover';
import { begin } from '../session/session';

/** As large as issuers' pages expect. */
const WINDOW = 'popup,width=520,height=720';

/** A sign-in in a window of its own: the page stays as it is, with all that was typed. */
export function useSignInWindow(): { opened: 'not yet' | 'opened' | 'blocked'; open: () => void } {
  const waiting = useRef<ReturnType<typeof awaitSession>>(null);
  const [opened, setOpened] = useState<'not yet' | 'opened' | 'blocked'>('not yet');
  useEffect(() => () => waiting.current?.stop(), []);
  const open = () => {
    waiting.current?.stop();
    waiting.current = awaitSession((session) => {
      setOpened('not yet');
      begin(session);
    });
    setOpened(window.open(waiting.current.address, '_blank', WINDOW) === null ? 'blocked' : 'opened');
  };
  return { opened, open };
}
