import { Archive, CalendarClock, FileClock, Gauge, History, KeyRound, Plug, ScrollText, Settings, Users, type LucideIcon } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink, useLocation } from 'react-router';
import type { TenantPermission } from '../gql/graphql';
import { useRoleName } from '../words/roles';
import type { Tenant } from './tenant';

type Name = 'dashboard' | 'schedules' | 'runs' | 'sets' | 'policies' | 'audit' | 'members' | 'tokens' | 'credential' | 'settings';

interface Entry {
  to: string;
  name: Name;
  icon: LucideIcon;
  needs?: TenantPermission;
}

const ENTRIES: readonly Entry[] = [
  { to: '', name: 'dashboard', icon: Gauge },
  { to: 'schedules', name: 'schedules', icon: CalendarClock },
  { to: 'runs', name: 'runs', icon: History },
  { to: 'sets', name: 'sets', icon: Archive },
  { to: 'policies', name: 'policies', icon: FileClock },
  { to: 'audit', name: 'audit', icon: ScrollText, needs: 'READ_AUDIT_LOG' },
  { to: 'members', name: 'members', icon: Users, needs: 'READ_MEMBERS' },
  { to: 'tokens', name: 'tokens', icon: KeyRound, needs: 'MANAGE_API_TOKENS' },
  { to: 'credential', name: 'credential', icon: Plug, needs: 'MANAGE_CREDENTIALS' },
  { to: 'settings', name: 'settings', icon: Settings, needs: 'MANAGE_TENANT' },
];

export function TenantNav({ tenant }: { tenant: Tenant }) {
  const { t } = useTranslation();
  const roleName = useRoleName();
  const shown = ENTRIES.filter(({ needs }) => needs === undefined || tenant.viewerPermissions.includes(needs));
  const list = useRef<HTMLUListElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    const current = list.current?.querySelector<HTMLElement>('[aria-current="page"]');
    // Sideways only: where the pages stand below each other there is nothing to do.
    if (current != null && list.current !== null) {
      list.current.scrollLeft = current.offsetLeft - (list.current.clientWidth - current.offsetWidth) / 2;
    }
  }, [pathname]);
  return (
    <nav className="tenant-nav" aria-label={t('nav.ofTenant')}>
      <p className="tenant-name">
        <strong>{tenant.name}</strong>
        <span className="quiet">{roleName(tenant.viewerRole)}</span>
      </p>
      <ul ref={list}>
        {shown.map(({ to, name, icon: Icon }) => (
          <li key={name}>
            <NavLink to={`/tenants/${tenant.id}${to === '' ? '' : `/${to}`}`} end={to === ''}>
              <Icon aria-hidden size={18} />
              <span>{t(`nav.${name}`)}</span>
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
