import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { completeSignIn } from '../../session/oidc';
import { begin } from '../../session/session';
import { useSettings } from '../../session/SettingsContext';
import { Page } from '../../ui/Page';
import { Skeleton } from '../../ui/Skeleton';
import './signin.css';

/** The address with the code. It is taken once, before anything can ask for it again. */
const CAME_WITH = location.pathname === '/callback' ? location.href : null;
let completed: ReturnType<typeof completeSignIn> | undefined;

export default function Callback() {
  const { t } = useTranslation('signin');
  const { issuers } = useSettings();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (CAME_WITH === null) {
      void navigate('/', { replace: true });
      return;
    }
    // The code leaves the address and the history before anything else happens.
    history.replaceState(history.state, '', '/callback');
    completed ??= completeSignIn(issuers, CAME_WITH);
    completed.then(
      ({ session, next }) => {
        begin(session);
        void navigate(next, { replace: true });
      },
      (cause: unknown) => setProblem(cause instanceof Error ? cause.message : String(cause)),
    );
  }, [issuers, navigate]);
  return (
    <main id="content" className="sign-in">
      <Page title={problem === null ? t('completing') : t('failed')}>
        {problem === null ? (
          <Skeleton lines={3} />
        ) : (
          <>
            <p className="note note-bad" role="alert">
              {t('failedBecause', { problem })}
            </p>
            <p>
              <Link to="/sign-in">{t('again')}</Link>
            </p>
          </>
        )}
      </Page>
    </main>
  );
}
