import { History } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useTenant } from '../../tenant/tenant';
import { span } from '../../time/formats';
import { Moment } from '../../time/Moment';
import { EmptyState } from '../../ui/EmptyState';
import { Panel } from '../../ui/Panel';
import { RunStatus } from '../../words/statuses';
import type { EndedRun } from './dashboard';

function Result({ run: { summary, durationMs } }: { run: EndedRun }) {
  const { t, i18n } = useTranslation('dashboard');
  if (summary == null) {
    return null;
  }
  const changed = summary.changedItemCount + summary.removedPolicyCount;
  return (
    <span className="quiet small">
      {[
        t('last.items', { count: summary.itemCount, shown: summary.itemCount.toLocaleString(i18n.language) }),
        changed === 0 ? t('last.unchanged') : t('last.changed', { shown: changed.toLocaleString(i18n.language) }),
        ...(durationMs == null ? [] : [span(i18n.language, durationMs)]),
      ].join(' · ')}
    </span>
  );
}

/** How the last runs went. */
export function LastRuns({ runs }: { runs: readonly EndedRun[] }) {
  const { t } = useTranslation('dashboard');
  const { id } = useTenant();
  const all = <Link to={`/tenants/${id}/runs`}>{t('last.all')}</Link>;
  return (
    <Panel title={t('last.title')} beside={runs.length === 0 ? undefined : all}>
      {runs.length === 0 ? (
        <EmptyState icon={History} title={t('last.none')}>
          <p>{t('last.noneText')}</p>
        </EmptyState>
      ) : (
        <ul className="lines">
          {runs.map((run) => (
            <li key={run.id}>
              <Link to={`/tenants/${id}/runs/${run.id}`}>{run.schedule.name}</Link>
              <RunStatus status={run.status} />
              <span className="line-end">
                <Moment instant={run.finishedAt ?? run.createdAt} />
                <Result run={run} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
