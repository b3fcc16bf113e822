import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { RunsQuery } from '../../gql/graphql';
import { useTenant } from '../../tenant/tenant';
import { span } from '../../time/formats';
import { Moment } from '../../time/Moment';
import { useNow } from '../../time/now';
import type { Column } from '../../ui/DataTable';
import { useRunErrorName, useTriggerName } from '../../words/runs';
import { isActive, RunStatus } from '../../words/statuses';

type Row = NonNullable<RunsQuery['tenant']>['backupRuns']['nodes'][number];

function State({ run: { status, errorCode, progress, cancelRequestedAt } }: { run: Row }) {
  const { t } = useTranslation('runs');
  const errorName = useRunErrorName();
  const live = progress.percent == null ? [] : [`${progress.percent} %`];
  const cancelling = cancelRequestedAt == null ? [] : [t('cancelling')];
  return (
    <span className="run-state">
      <RunStatus status={status} />
      {isActive(status) && <span className="quiet small">{[...live, ...cancelling].join(' · ')}</span>}
      {errorCode != null && <span className="quiet small">{errorName(errorCode)}</span>}
    </span>
  );
}

function Duration({ run: { status, startedAt, durationMs } }: { run: Row }) {
  const { i18n } = useTranslation();
  const now = useNow();
  if (durationMs != null) {
    return span(i18n.language, durationMs);
  }
  return isActive(status) && startedAt != null ? span(i18n.language, Math.max(0, now - Date.parse(startedAt))) : '–';
}

export function useRunColumns(): Column<Row>[] {
  const { t, i18n } = useTranslation('runs');
  const at = `/tenants/${useTenant().id}`;
  const triggerName = useTriggerName();
  const number = (value: number | undefined) => (value === undefined ? '–' : value.toLocaleString(i18n.language));
  return [
    {
      key: 'CREATED_AT',
      title: t('started'),
      sortable: true,
      heads: true,
      cell: ({ id, startedAt, createdAt, schedule }) => (
        <Link to={`${at}/runs/${id}`}>
          <Moment instant={startedAt ?? createdAt} zone={schedule.recurrence.timeZone} as="exact" />
        </Link>
      ),
    },
    { key: 'state', title: t('state'), cell: (run) => <State run={run} /> },
    {
      key: 'schedule',
      title: t('schedule'),
      cell: ({ schedule, trigger }) => (
        <span className="run-state">
          <Link to={`${at}/schedules/${schedule.id}`}>{schedule.name}</Link>
          <span className="quiet small">{triggerName(trigger)}</span>
        </span>
      ),
    },
    {
      key: 'FINISHED_AT',
      title: t('ended'),
      sortable: true,
      cell: ({ finishedAt, schedule }) => <Moment instant={finishedAt} zone={schedule.recurrence.timeZone} />,
    },
    { key: 'duration', title: t('duration'), align: 'end', cell: (run) => <Duration run={run} /> },
    { key: 'stored', title: t('stored'), align: 'end', cell: ({ summary }) => number(summary?.itemCount) },
    { key: 'changed', title: t('changed'), align: 'end', cell: ({ summary }) => number(summary?.changedItemCount) },
    { key: 'failed', title: t('failed'), align: 'end', cell: ({ summary }) => number(summary?.failedPolicyCount) },
  ];
}
