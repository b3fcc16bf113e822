import { Bell, Building2, CloudOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, NavLink, Outlet, ScrollRestoration } from 'react-router';
import { useConnection } from '../api/connection';
import { AccountMenu } from './AccountMenu';
import { EndingNote } from './EndingNote';
import { Logo } from '../ui/Logo';
import { useNotificationEvents, useViewer } from '../viewer/viewer';

/** A connection that is back at once was not worth a word. */
const GRACE = 1_500;

/** Whether events have been missing for longer than it takes to connect again. */
function useIsOffline(): boolean {
  const connection = useConnection();
  const [isOffline, setOffline] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setOffline(connection === 'lost'), connection === 'lost' ? GRACE : 0);
    return () => clearTimeout(timer);
  }, [connection]);
  return isOffline;
}

function OfflineBanner() {
  const { t } = useTranslation();
  const isOffline = useIsOffline();
  return (
    <div role="status" className="banner-place">
      {isOffline && (
        <p className="banner">
          <CloudOff aria-hidden size={18} />
          <strong>{t('offline.title')}</strong> {t('offline.text')}
        </p>
      )}
    </div>
  );
}

/** What all pages of somebody signed in share. */
export function Shell() {
  const { t } = useTranslation();
  const viewer = useViewer();
  useNotificationEvents(viewer);
  const unread = viewer?.unreadNotificationCount ?? 0;
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t('skip')}
      </a>
      <header className="top">
        <Link to="/" className="brand">
          <Logo />
          <span>TenantAtlas</span>
        </Link>
        <nav aria-label={t('nav.main')} className="top-nav">
          <NavLink to="/" end>
            <Building2 aria-hidden size={18} />
            <span>{t('nav.tenants')}</span>
          </NavLink>
          <NavLink
            to="/notifications"
            aria-label={unread === 0 ? t('nav.notifications') : t('nav.notificationsUnread', { count: unread })}
          >
            <Bell aria-hidden size={18} />
            <span>{t('nav.notifications')}</span>
            {unread > 0 && <span className="count">{unread > 99 ? '99+' : unread}</span>}
          </NavLink>
        </nav>
        <AccountMenu name={viewer?.actor.displayName ?? ''} />
      </header>
      <OfflineBanner />
      <EndingNote expiresAt={viewer?.credentialExpiresAt} />
      <div className="body">
        <Outlet />
      </div>
      <ScrollRestoration />
    </div>
  );
}
