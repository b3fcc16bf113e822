import { useCallback, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useBeforeUnload, useBlocker, type BlockerFunction } from 'react-router';
import { Confirm } from './Confirm';

interface LeaveGuard {
  /** Has to be shown somewhere on the page: it asks. */
  guard: ReactNode;
  /** Lets one leave: what was typed is saved. */
  release: () => void;
}

/** Asks before one leaves a page on which something was typed that is not saved. */
export function useLeaveGuard(isDirty: boolean): LeaveGuard {
  const { t } = useTranslation();
  const isReleased = useRef(false);
  const isHeld = useCallback<BlockerFunction>(
    ({ currentLocation, nextLocation }) =>
      isDirty && !isReleased.current && currentLocation.pathname !== nextLocation.pathname,
    [isDirty],
  );
  const blocker = useBlocker(isHeld);
  useBeforeUnload(
    useCallback(
      (event) => {
        if (isDirty && !isReleased.current) {
          event.preventDefault();
        }
      },
      [isDirty],
    ),
  );
  const release = useCallback(() => {
    isReleased.current = true;
  }, []);
  const guard = (
    <Confirm
      isOpen={blocker.state === 'blocked'}
      title={t('leave.title')}
      action={t('leave.action')}
      onConfirm={() => blocker.proceed?.()}
      onClose={() => blocker.reset?.()}
    >
      <p>{t('leave.text')}</p>
    </Confirm>
  );
  return { guard, release };
}
