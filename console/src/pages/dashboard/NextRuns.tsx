import { CalendarClock } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMay } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { LinkButton } from '../../ui/Button';
import { EmptyState } from '../../ui/EmptyState';
import { Panel } from '../../ui/Panel';
import type { DashboardTenant } from './dashboard';

const MOST_SHOWN = 8;

function NothingPlanned({ tenant }: { tenant: DashboardTenant }) {
  const { t } = useTranslation('dashboard');
  const mayManage = useMay()('MANAGE_SCHEDULES');
  const isBare = tenant.overview.scheduleCount === 0;
  return (
    <EmptyState icon={CalendarClock} title={isBare ? t('next.none') : t('next.allDisabled')}>
      <p>{mayManage ? t(isBare ? 'next.create' : 'next.enable') : t(isBare ? 'next.askCreate' : 'next.askEnable')}</p>
      {mayManage && (
        <LinkButton to={`/tenants/${tenant.id}/schedules${isBare ? '/new' : ''}`} weight={isBare ? 'primary' : 'secondary'}>
          {t(isBare ? 'next.createAction' : 'next.enableAction')}
        </LinkButton>
      )}
    </EmptyState>
  );
}

/** Which schedules fire next. */
export function NextRuns({ tenant }: { tenant: DashboardTenant }) {
  const { t } = useTranslation('dashboard');
  const schedules = tenant.enabled.nodes;
  return (
    <Panel title={t('next.title')}>
      {schedules.length === 0 ? (
        <NothingPlanned tenant={tenant} />
      ) : (
        <ul className="lines">
          {schedules.slice(0, MOST_SHOWN).map(({ id, name, nextRunAt, recurrence }) => (
            <li key={id}>
              <Link to={`/tenants/${tenant.id}/schedules/${id}`}>{name}</Link>
              <Moment instant={nextRunAt} zone={recurrence.timeZone} as="both" />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
