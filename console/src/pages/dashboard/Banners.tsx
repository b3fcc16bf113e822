import { CalendarX2, Plug } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { TenantConnectionStatus } from '../../gql/graphql';
import { useMay, useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { LinkButton } from '../../ui/Button';
import type { DashboardTenant } from './dashboard';

/** More stale schedules than these are counted only. */
const MOST_NAMED = 5;

const DISCONNECTED = ['NOT_CONFIGURED', 'TOKEN_EXPIRED', 'PERMISSION_MISSING'] as const;

function ConnectionBanner({ status }: { status: TenantConnectionStatus }) {
  const { t } = useTranslation('dashboard');
  const { id } = useTenant();
  const may = useMay()('MANAGE_CREDENTIALS');
  const known = DISCONNECTED.find((one) => one === status);
  if (known === undefined) {
    return null;
  }
  return (
    <div className={`note ${known === 'PERMISSION_MISSING' ? 'note-warning' : 'note-bad'}`}>
      <Plug aria-hidden size={20} />
      <div>
        <p className="note-title">{t(`connection.${known}.title`)}</p>
        <p>{may ? t(`connection.${known}.act`) : t(`connection.${known}.ask`)}</p>
        {may && (
          <LinkButton size="small" to={`/tenants/${id}/credential`}>
            {t('connection.action')}
          </LinkButton>
        )}
      </div>
    </div>
  );
}

function StaleBanner({ count, children }: { count: number; children: ReactNode }) {
  const { t } = useTranslation('dashboard');
  return (
    <div className="note note-warning">
      <CalendarX2 aria-hidden size={20} />
      <div>
        <p className="note-title">{t('stale.title', { count })}</p>
        <p>{t('stale.text')}</p>
        <ul className="named">{children}</ul>
      </div>
    </div>
  );
}

/** What keeps the tenant from being backed up, with the next step for this role. */
export function Banners({ tenant }: { tenant: DashboardTenant }) {
  const { t } = useTranslation('dashboard');
  const { id, overview, connectionStatus } = tenant;
  const stale = tenant.enabled.nodes.filter(({ becameStaleAt }) => becameStaleAt != null);
  const unnamed = overview.staleScheduleCount - MOST_NAMED;
  return (
    <>
      <ConnectionBanner status={connectionStatus} />
      {overview.staleScheduleCount > 0 && (
        <StaleBanner count={overview.staleScheduleCount}>
          {stale.slice(0, MOST_NAMED).map((schedule) => (
            <li key={schedule.id}>
              <Link to={`/tenants/${id}/schedules/${schedule.id}`}>{schedule.name}</Link>{' '}
              <span className="small">
                {t('stale.since')} <Moment instant={schedule.becameStaleAt} zone={schedule.recurrence.timeZone} />
              </span>
            </li>
          ))}
          {unnamed > 0 && (
            <li>
              <Link to={`/tenants/${id}/schedules`}>{t('stale.more', { count: unnamed })}</Link>
            </li>
          )}
        </StaleBanner>
      )}
    </>
  );
}
