import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useQuery } from 'urql';
import { graphql } from '../../gql';
import { useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { OneObject } from '../../tenant/OneObject';
import { Page } from '../../ui/Page';
import { Skeleton } from '../../ui/Skeleton';
import { useTriggerName } from '../../words/runs';
import { isActive, RunStatus } from '../../words/statuses';
import { KindsPanel } from './KindsPanel';
import { LiveProgress } from './LiveProgress';
import type { ShownRun } from './run';
import { RunActions } from './RunActions';
import { RunNotes } from './RunNotes';
import { SummaryTiles } from './SummaryTiles';
import { Timeline } from './Timeline';
import { useFreshRun } from './useFreshRun';
import './runs.css';

const RUN = graphql(`
  query Run($id: ID!) {
    backupScheduleRun(id: $id) {
      ...MovingRun
      tenant {
        id
      }
      schedule {
        id
        name
        deletedAt
        recurrence {
          timeZone
        }
      }
      trigger
      triggeredBy {
        ...Who
      }
      scheduledFor
      slotDate
      missedSlotCount
      lastMissedAt
      retryOf {
        id
      }
      retriedBy {
        id
        createdAt
      }
      policyTypes
      policyTypeResults {
        policyType
        status
        listedPolicyCount
        itemCount
        reusedItemCount
        failedPolicyCount
        vanishedPolicyCount
        graphRequestCount
        errorCode
        errorMessage
      }
      createdAt
      backupSet {
        id
        deletedAt
      }
    }
  }
`);

function Inside({ run }: { run: ShownRun }) {
  const { t } = useTranslation('runs');
  const triggerName = useTriggerName();
  const at = `/tenants/${useTenant().id}`;
  const { schedule, status, summary } = run;
  return (
    <Page
      title={t('runOf', { name: schedule.name })}
      beside={<RunStatus status={status} />}
      actions={<RunActions run={run} />}
      lead={
        <span className="run-lead">
          <Moment instant={run.startedAt ?? run.createdAt} zone={schedule.recurrence.timeZone} as="both" /> ·{' '}
          {triggerName(run.trigger)} · <Link to={`${at}/schedules/${schedule.id}`}>{schedule.name}</Link>
        </span>
      }
    >
      <div className="stack run-page">
        {isActive(status) && <LiveProgress run={run} />}
        <RunNotes run={run} />
        {summary != null && <SummaryTiles summary={summary} />}
        <div className="run-columns">
          <Timeline run={run} />
          <KindsPanel run={run} />
        </div>
      </div>
    </Page>
  );
}

function RunOf({ id }: { id: string }) {
  const query = useQuery({ query: RUN, variables: { id } });
  const [{ data }, ask] = query;
  useFreshRun(data?.backupScheduleRun, ask);
  return (
    <OneObject query={query} one={({ backupScheduleRun }) => backupScheduleRun} skeleton={<Skeleton lines={14} />}>
      {(run) => <Inside run={run} />}
    </OneObject>
  );
}

export default function Run() {
  const { runId = '' } = useParams();
  return <RunOf key={runId} id={runId} />;
}
