import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { useQuery } from 'urql';
import { graphql } from '../../gql';
import type { ScheduleQuery } from '../../gql/graphql';
import { useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { OneObject } from '../../tenant/OneObject';
import { LinkButton } from '../../ui/Button';
import { Facts } from '../../ui/Facts';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Skeleton } from '../../ui/Skeleton';
import { draftOf } from './draft';
import { EnabledSwitch } from './EnabledSwitch';
import { KindNames } from './KindNames';
import { Permissions } from './Permissions';
import { Preview } from './Preview';
import { useActorName } from '../../words/actors';
import { RecentRuns } from './RecentRuns';
import { ScheduleActions } from './ScheduleActions';
import { ScheduleMarks } from './ScheduleMarks';
import { useRecurrenceWords } from './useRecurrenceWords';
import './schedules.css';

const SCHEDULE = graphql(`
  query Schedule($id: ID!) {
    backupSchedule(id: $id) {
      tenant {
        id
      }
      ...ScheduleSettings
      createdAt
      updatedAt
      createdBy {
        ...Who
      }
      activeRun {
        id
      }
      backupSets(first: 0, filter: { isComplete: true }) {
        totalCount
      }
      runs(first: 5) {
        nodes {
          id
          status
          trigger
          createdAt
          durationMs
          progress {
            percent
          }
          summary {
            itemCount
            changedItemCount
            failedPolicyCount
          }
        }
      }
    }
  }
`);

type Shown = NonNullable<ScheduleQuery['backupSchedule']>;

function Inside({ schedule }: { schedule: Shown }) {
  const { t } = useTranslation(['schedules', 'words']);
  const at = `/tenants/${useTenant().id}`;
  const inWords = useRecurrenceWords();
  const navigate = useNavigate();
  const { id, recurrence, retention, backupSets, deletedAt } = schedule;
  const zone = recurrence.timeZone;
  const actorName = useActorName();
  const yesOrNo = (is: boolean) => t(is ? 'yes' : 'no');
  const isDeleted = deletedAt != null;
  return (
    <Page
      title={schedule.name}
      beside={<ScheduleMarks schedule={schedule} />}
      actions={
        isDeleted ? undefined : (
          <ScheduleActions schedule={schedule} onDeleted={() => void navigate(`${at}/schedules`)} />
        )
      }
      lead={inWords(recurrence)}
    >
      <div className="stack">
        {isDeleted && (
          <p className="note note-info">
            {t('deletedAt')} <Moment instant={deletedAt} as="exact" />
          </p>
        )}
        <Panel title={t('facts')} beside={isDeleted ? undefined : <EnabledSwitch schedule={schedule} />}>
          <Facts
            facts={[
              [t('nextRun'), <Moment key="next" instant={schedule.nextRunAt} zone={zone} as="exact" />],
              [
                t('kept'),
                <Link key="kept" to={`${at}/sets?schedule=${id}`}>
                  {t('keptOf', { kept: backupSets.totalCount, most: retention.keepLast })}
                </Link>,
              ],
              [t('form.spread'), t('minutes', { count: recurrence.spreadMinutes })],
              [t('form.assignments'), yesOrNo(schedule.includeAssignments)],
              [t('form.scopeTags'), yesOrNo(schedule.includeScopeTags)],
              [t('createdBy', { name: actorName(schedule.createdBy) }), <Moment key="made" instant={schedule.createdAt} as="exact" />],
              [t('updated'), <Moment key="updated" instant={schedule.updatedAt} as="exact" />],
            ]}
          />
        </Panel>
        <div className="grid">
          {schedule.enabled && !isDeleted && (
            <Panel title={t('preview.title')}>
              <Preview recurrence={draftOf(schedule).recurrence} />
            </Panel>
          )}
          <Panel
            title={t('recent')}
            beside={
              <LinkButton size="small" to={`${at}/runs?schedule=${id}`}>
                {t('allRuns')}
              </LinkButton>
            }
          >
            <RecentRuns runs={schedule.runs.nodes} zone={zone} />
          </Panel>
        </div>
        <Panel
          title={t('kinds.title')}
          beside={<span className="quiet">{t('words:kinds', { count: schedule.policyTypes.length })}</span>}
        >
          <KindNames kinds={schedule.policyTypes} />
        </Panel>
        <Panel title={t('permissions.title')}>
          <Permissions kinds={schedule.policyTypes} />
        </Panel>
      </div>
    </Page>
  );
}

function ScheduleOf({ id }: { id: string }) {
  const query = useQuery({ query: SCHEDULE, variables: { id } });
  return (
    <OneObject query={query} one={({ backupSchedule }) => backupSchedule} skeleton={<Skeleton lines={12} />}>
      {(schedule) => <Inside schedule={schedule} />}
    </OneObject>
  );
}

export default function Schedule() {
  const { scheduleId = '' } = useParams();
  return <ScheduleOf key={scheduleId} id={scheduleId} />;
}
