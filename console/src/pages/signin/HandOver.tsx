import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, useSearchParams } from 'react-router';
import { handOver } from '../../session/handover';
import { currentSession } from '../../session/session';
import { LinkButton } from '../../ui/Button';
import { Page } from '../../ui/Page';
import { Skeleton } from '../../ui/Skeleton';
import './signin.css';

/** Who came with the page. It is handed over once, whatever draws this page again. */
let handed: Promise<boolean> | undefined;

/** The end of a sign-in in a window of its own: it goes, and the page that waits for it goes on. */
export default function HandOver() {
  const { t } = useTranslation('signin');
  const [search] = useSearchParams();
  const [isTaken, setTaken] = useState<boolean | null>(null);
  const [session] = useState(currentSession);
  const name = search.get('for') ?? '';
  useEffect(() => {
    if (session === null) {
      return;
    }
    handed ??= handOver(name, session);
    void handed.then((taken) => {
      setTaken(taken);
      if (taken) {
        window.close();
      }
    });
  }, [name, session]);
  if (session === null) {
    return <Navigate replace to="/sign-in" />;
  }
  return (
    <main id="content" className="sign-in">
      <Page title={isTaken === null ? t('completing') : t('handOver.title')}>
        {isTaken === null && <Skeleton lines={2} />}
        {isTaken === true && <p>{t('handOver.taken')}</p>}
        {isTaken === false && (
          <>
            <p>{t('handOver.nobody')}</p>
            <LinkButton to="/">{t('handOver.go')}</LinkButton>
          </>
        )}
      </Page>
    </main>
  );
}
