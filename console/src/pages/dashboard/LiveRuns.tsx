import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { CancelRun } from '../../tenant/CancelRun';
import { useTenant } from '../../tenant/tenant';
import { span } from '../../time/formats';
import { useNow } from '../../time/now';
import { Panel } from '../../ui/Panel';
import { Progress } from '../../ui/Progress';
import { awaitsAttempt, useAttemptWords, usePhaseName } from '../../words/runs';
import { RunStatus } from '../../words/statuses';
import type { ActiveRun } from './dashboard';

function Elapsed({ since }: { since: string }) {
  const { t, i18n } = useTranslation('dashboard');
  const now = useNow();
  const elapsed = Math.max(0, now - Date.parse(since));
  return <span>{t('live.elapsed', { span: span(i18n.language, elapsed) })}</span>;
}

function LiveRun({ run }: { run: ActiveRun }) {
  const { t, i18n } = useTranslation('dashboard');
  const { id } = useTenant();
  const phaseName = usePhaseName();
  const isBetween = awaitsAttempt(run);
  const { failed, next } = useAttemptWords(run);
  const { processedPolicies: done, totalPolicies: total, percent, phase } = run.progress;
  return (
    <li className="live">
      <div className="live-head">
        <Link to={`/tenants/${id}/runs/${run.id}`}>{run.schedule.name}</Link>
        <RunStatus status={run.status} />
        {run.attempt > 1 && !isBetween && <span className="quiet small">{t('live.attempt', { attempt: run.attempt })}</span>}
      </div>
      <CancelRun run={run} name={run.schedule.name} size="small" />
      <div className="live-bar">
        <Progress label={t('live.progress', { name: run.schedule.name })} percent={percent} />
      </div>
      <p className="live-facts quiet small">
        <span>{isBetween ? `${failed}; ${next}` : phaseName(phase)}</span>
        {total != null && (
          <span>
            {t('live.policies', { done: done.toLocaleString(i18n.language), total: total.toLocaleString(i18n.language) })}
          </span>
        )}
        {percent != null && <span>{percent} %</span>}
        {run.startedAt != null && <Elapsed since={run.startedAt} />}
      </p>
    </li>
  );
}

/** The runs that are at work, as they go. */
export function LiveRuns({ runs }: { runs: readonly ActiveRun[] }) {
  const { t } = useTranslation('dashboard');
  if (runs.length === 0) {
    return null;
  }
  return (
    <Panel title={t('live.title')}>
      <ul className="lives">
        {runs.map((run) => (
          <LiveRun key={run.id} run={run} />
        ))}
      </ul>
    </Panel>
  );
}
