import { RotateCcw, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMay, useTenant } from '../../tenant/tenant';
import { useRunRequests } from '../../tenant/useRunRequests';
import { Moment } from '../../time/Moment';
import { Button } from '../../ui/Button';
import { Panel } from '../../ui/Panel';
import { RunErrorNote } from '../../words/RunErrorNote';
import { RunStatus } from '../../words/statuses';
import type { DashboardTenant, UnwellSchedule } from './dashboard';

/** More than these are a matter for the page of all schedules. */
const MOST_SHOWN = 5;

type LastRun = NonNullable<UnwellSchedule['lastRun']>;

function Whose({ schedule, run }: { schedule: UnwellSchedule; run: LastRun }) {
  const { t } = useTranslation('dashboard');
  const { id } = useTenant();
  const may = useMay();
  const { retry, isPending } = useRunRequests();
  const isRetryable = run.status !== 'MISSED' && run.retriedBy == null && may('START_RUN');
  return (
    <>
      <p className="attention-run">
        <Link to={`/tenants/${id}/runs/${run.id}`}>{schedule.name}</Link>
        <RunStatus status={run.status} />
        <Moment instant={run.createdAt} zone={schedule.recurrence.timeZone} />
      </p>
      {isRetryable && (
        <Button size="small" isPending={isPending} onPress={() => void retry(run.id)}>
          <RotateCcw aria-hidden size={16} />
          {t('attention.retry')}
        </Button>
      )}
    </>
  );
}

function Unwell({ schedule }: { schedule: UnwellSchedule }) {
  const { t } = useTranslation('dashboard');
  const run = schedule.lastRun;
  if (run == null) {
    return null;
  }
  if (run.errorCode != null) {
    return (
      <RunErrorNote code={run.errorCode} message={run.errorMessage}>
        <Whose schedule={schedule} run={run} />
      </RunErrorNote>
    );
  }
  return (
    <div className="note note-warning">
      <TriangleAlert aria-hidden size={20} />
      <div>
        <p className="note-title">{t('attention.missed')}</p>
        <p>{t('attention.missedAdvice')}</p>
        <Whose schedule={schedule} run={run} />
      </div>
    </div>
  );
}

function Stopped({ schedule }: { schedule: DashboardTenant['disabled']['nodes'][number] }) {
  const { t } = useTranslation('dashboard');
  const { id } = useTenant();
  return (
    <div className="note note-warning">
      <TriangleAlert aria-hidden size={20} />
      <div>
        <p className="note-title">{t('attention.disabled')}</p>
        <p lang="en">{schedule.disabledReason}</p>
        <p>
          <Link to={`/tenants/${id}/schedules/${schedule.id}`}>{schedule.name}</Link>
        </p>
      </div>
    </div>
  );
}

/** Schedules whose last run did not do what it should, and what to do about each. */
export function Attention({ tenant }: { tenant: DashboardTenant }) {
  const { t } = useTranslation('dashboard');
  const stopped = tenant.disabled.nodes.filter(({ disabledReason }) => disabledReason != null);
  const unwell = tenant.unwell.nodes;
  const count = stopped.length + unwell.length;
  if (count === 0) {
    return null;
  }
  const left = unwell.length - MOST_SHOWN;
  return (
    <Panel title={t('attention.title', { count })}>
      <ul className="attention">
        {stopped.slice(0, MOST_SHOWN).map((schedule) => (
          <li key={schedule.id}>
            <Stopped schedule={schedule} />
          </li>
        ))}
        {unwell.slice(0, MOST_SHOWN).map((schedule) => (
          <li key={schedule.id}>
            <Unwell schedule={schedule} />
          </li>
        ))}
      </ul>
      {left > 0 && (
        <p>
          <Link to={`/tenants/${tenant.id}/schedules?last=FAILED,PARTIAL,MISSED`}>{t('attention.more', { count: left })}</Link>
        </p>
      )}
    </Panel>
  );
}
