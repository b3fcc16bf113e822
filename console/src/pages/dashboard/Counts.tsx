import { Archive, CalendarClock, CalendarX2, CircleAlert, CircleCheck, Clock, Database, LoaderCircle, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { bytes } from '../../ui/bytes';
import type { DashboardTenant } from './dashboard';

interface TileProps {
  icon: LucideIcon;
  name: string;
  /** The tenant's page that tells more. */
  to: string;
  look?: 'bad' | 'warning' | 'active';
  children: ReactNode;
}

function Tile({ icon: Icon, name, to, look, children }: TileProps) {
  const { id } = useTenant();
  return (
    <li>
      <Link to={`/tenants/${id}/${to}`} className={`tile tile-link ${look === undefined ? '' : `tile-${look}`}`}>
        <span className="quiet small tile-name">
          <Icon aria-hidden size={16} />
          {name}
        </span>
        <span className="tile-value">{children}</span>
      </Link>
    </li>
  );
}

/** The tenant in numbers: the same as in the overview of all tenants, and some more. */
export function Counts({ overview }: { overview: DashboardTenant['overview'] }) {
  const { t, i18n } = useTranslation('dashboard');
  const number = (count: number) => count.toLocaleString(i18n.language);
  const failures = overview.failedRunCountLast24Hours + overview.partialRunCountLast24Hours;
  return (
    <ul className="tiles counts" aria-label={t('counts.label')}>
      <Tile icon={CircleCheck} name={t('counts.lastSuccess')} to="runs">
        <Moment instant={overview.lastSucceededAt} absent={t('never')} />
      </Tile>
      <Tile icon={Clock} name={t('counts.nextRun')} to="schedules">
        <Moment instant={overview.nextRunAt} as="hour" absent={t('nothingPlanned')} />
      </Tile>
      <Tile icon={CircleAlert} name={t('counts.failures')} to="runs" look={failures > 0 ? 'bad' : undefined}>
        {number(failures)}
      </Tile>
      <Tile
        icon={CalendarX2}
        name={t('counts.stale')}
        to="schedules"
        look={overview.staleScheduleCount > 0 ? 'warning' : undefined}
      >
        {number(overview.staleScheduleCount)}
      </Tile>
      <Tile
        icon={LoaderCircle}
        name={t('counts.running')}
        to="runs"
        look={overview.activeRunCount > 0 ? 'active' : undefined}
      >
        {number(overview.activeRunCount)}
      </Tile>
      <Tile icon={CalendarClock} name={t('counts.schedules')} to="schedules">
        {overview.enabledScheduleCount === overview.scheduleCount
          ? number(overview.scheduleCount)
          : t('counts.enabledOf', { enabled: number(overview.enabledScheduleCount), all: number(overview.scheduleCount) })}
      </Tile>
      <Tile icon={Archive} name={t('counts.sets')} to="sets">
        {number(overview.backupSetCount)}
      </Tile>
      <Tile icon={Database} name={t('counts.storage')} to="sets">
        {bytes(i18n.language, overview.storageBytes)}
      </Tile>
    </ul>
  );
}
