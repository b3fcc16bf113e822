import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, useSearchParams } from 'react-router';
import { Logo } from '../../ui/Logo';
import { ANEW } from '../../session/handover';
import { inside } from '../../session/inside';
import { currentSession, leave, useSessionState } from '../../session/session';
import { useSettings } from '../../session/SettingsContext';
import { Page } from '../../ui/Page';
import { IssuerChoice } from './IssuerChoice';
import { TokenForm } from './TokenForm';
import './signin.css';

export default function SignIn() {
  const { t } = useTranslation('signin');
  const [search] = useSearchParams();
  const { issuers, version } = useSettings();
  const state = useSessionState();
  const next = inside(search.get('next'));
  const [copied] = useState(() => (search.has(ANEW) ? currentSession() : null));
  useEffect(() => {
    if (copied !== null && currentSession() === copied) {
      leave();
    }
  }, [copied]);
  if (state.kind === 'signed-in' && state.session === copied) {
    return null;
  }
  if (state.kind === 'signed-in') {
    return <Navigate replace to={next} />;
  }
  return (
    <main id="content" className="sign-in">
      <p className="sign-in-brand">
        <Logo /> TenantAtlas
      </p>
      <Page title={t('title')}>
        {state.reason === 'expired' && (
          <p className="note note-warning" role="status">
            {t('expired')}
          </p>
        )}
        {issuers.length === 0 && <p className="quiet">{t('noIssuers')}</p>}
        {issuers.map((issuer) => (
          <IssuerChoice key={issuer.authority} issuer={issuer} next={next} />
        ))}
        <TokenForm isAlone={issuers.length === 0} />
      </Page>
      <p className="quiet small">{t('version', { version })}</p>
    </main>
  );
}
