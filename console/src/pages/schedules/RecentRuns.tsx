import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { ScheduleQuery } from '../../gql/graphql';
import { useTenant } from '../../tenant/tenant';
import { span } from '../../time/formats';
import { Moment } from '../../time/Moment';
import { isActive, RunStatus } from '../../words/statuses';

type Run = NonNullable<ScheduleQuery['backupSchedule']>['runs']['nodes'][number];

function Outcome({ run: { status, progress, summary, durationMs } }: { run: Run }) {
  const { t, i18n } = useTranslation('schedules');
  if (isActive(status)) {
    return progress.percent == null ? null : `${progress.percent} %`;
  }
  const counts = summary == null ? [] : [t('changed', { count: summary.changedItemCount })];
  const time = durationMs == null ? [] : [span(i18n.language, durationMs)];
  return [...counts, ...time].join(' · ');
}

/** The last runs of a schedule, each with how it went. */
export function RecentRuns({ runs, zone }: { runs: readonly Run[]; zone: string }) {
  const { t } = useTranslation('schedules');
  const { id } = useTenant();
  if (runs.length === 0) {
    return <p className="quiet">{t('noRuns')}</p>;
  }
  return (
    <ul className="recent-runs">
      {runs.map((run) => (
        <li key={run.id}>
          <RunStatus status={run.status} />
          <Link to={`/tenants/${id}/runs/${run.id}`}>
            <Moment instant={run.createdAt} zone={zone} as="exact" />
          </Link>
          <span className="quiet small">
            <Outcome run={run} />
          </span>
        </li>
      ))}
    </ul>
  );
}
