import { CircleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { completeSignIn, missedBy } from '../../session/oidc';
import { begin, type Session } from '../../session/session';
import type { Issuer } from '../../session/settings';
import { useSettings } from '../../session/SettingsContext';
import { detailOf, NotAccepted, problemOf } from '../../session/signInProblem';
import { LinkButton } from '../../ui/Button';
import { Page } from '../../ui/Page';
import { Skeleton } from '../../ui/Skeleton';
import { tryToken } from './tryToken';
import './signin.css';

/** The address that the issuer led to. It is taken once, before anything can ask for it again. */
const CAME_WITH = new URLSearchParams(location.search).has('state') ? location.href : null;
let completed: ReturnType<typeof complete> | undefined;

async function complete(issuers: Issuer[], address: string): Promise<{ session: Session; next: string }> {
  const { session, next } = await completeSignIn(issuers, address);
  const answer = await tryToken(session.token);
  switch (answer.kind) {
    case 'accepted':
      return { session: { ...session, who: answer.who }, next };
    case 'refused':
      throw new NotAccepted('the server does not take the token of the issuer');
    case 'unreachable':
      throw new TypeError('the server cannot be reached');
  }
}

export default function Callback() {
  const { t } = useTranslation('signin');
  const { issuers } = useSettings();
  const navigate = useNavigate();
  const [cause, setCause] = useState<{ value: unknown } | null>(null);
  useEffect(() => {
    if (CAME_WITH === null) {
      void navigate('/', { replace: true });
      return;
    }
    // The code leaves the address and the history before anything else happens.
    history.replaceState(history.state, '', '/callback');
    completed ??= complete(issuers, CAME_WITH);
    completed.then(
      ({ session, next }) => {
        begin(session);
        void navigate(next, { replace: true });
      },
      (value: unknown) => setCause({ value }),
    );
  }, [issuers, navigate]);
  return (
    <main id="content" className="sign-in">
      <Page title={cause === null ? t('completing') : t('failed')}>
        {cause === null ? (
          <Skeleton lines={3} />
        ) : (
          <>
            <div className="note note-bad" role="alert">
              <CircleAlert aria-hidden size={20} />
              <div>
                <p className="note-title">{t(`problem.${problemOf(cause.value)}.title`)}</p>
                <p>{t(`problem.${problemOf(cause.value)}.advice`)}</p>
                <p className="quiet" lang="en">
                  {detailOf(cause.value)}
                </p>
              </div>
            </div>
            <LinkButton weight="primary" replace to={`/sign-in?${new URLSearchParams({ next: missedBy(cause.value) }).toString()}`}>
              {t('again')}
            </LinkButton>
          </>
        )}
      </Page>
    </main>
  );
}
