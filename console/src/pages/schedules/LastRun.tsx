import { Link } from 'react-router';
import { useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { isActive, RunStatus } from '../../words/statuses';
import type { BackupRunStatus } from '../../gql/graphql';

interface Props {
  run:
    | { id: string; status: BackupRunStatus; createdAt: string; progress: { percent?: number | null } }
    | null
    | undefined;
  zone: string;
}

/** How the last run of a schedule stands, with the way to it. */
export function LastRun({ run, zone }: Props) {
  const { id } = useTenant();
  if (run == null) {
    return <Moment instant={null} />;
  }
  const { percent } = run.progress;
  return (
    <span className="last-run">
      <Link to={`/tenants/${id}/runs/${run.id}`}>
        <RunStatus status={run.status} />
      </Link>
      <span className="quiet small">
        {isActive(run.status) && percent != null ? `${percent} %` : <Moment instant={run.createdAt} zone={zone} />}
      </span>
    </span>
  );
}
