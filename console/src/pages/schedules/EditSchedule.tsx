import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { useClient, useQuery } from 'urql';
import { failureOf } from '../../api/failure';
import { useAction } from '../../api/useAction';
import { graphql } from '../../gql';
import type { ScheduleSettingsFragment } from '../../gql/graphql';
import { useMay, useTenant } from '../../tenant/tenant';
import { FailureNote } from '../../ui/FailureNote';
import { Loaded } from '../../ui/Loaded';
import { tell } from '../../ui/notices';
import { Page } from '../../ui/Page';
import { Skeleton } from '../../ui/Skeleton';
import { useLeaveGuard } from '../../ui/useLeaveGuard';
import { useComplaints } from '../../words/useComplaints';
import { change, draftOf, isSame, join, type Draft, type Joined } from './draft';
import { INPUTS } from './fields';
import { JoinedNote, StaleNote } from './StaleNote';
import { ScheduleForm } from './ScheduleForm';
import { useEnabling } from './useEnabling';

const SCHEDULE_TO_EDIT = graphql(`
  query ScheduleToEdit($id: ID!) {
    backupSchedule(id: $id) {
      tenant {
        id
      }
      ...ScheduleSettings
    }
  }
`);

const UPDATE = graphql(`
  mutation UpdateSchedule($input: UpdateBackupScheduleInput!) {
    updateBackupSchedule(input: $input) {
      schedule {
        ...ScheduleSettings
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

function Form({ loaded }: { loaded: ScheduleSettingsFragment }) {
  const { t } = useTranslation(['schedules', 'common']);
  const { id: tenantId } = useTenant();
  const navigate = useNavigate();
  const client = useClient();
  // What the draft was begun from: events and other people may change the schedule meanwhile.
  const [base, setBase] = useState(loaded);
  const [draft, setDraft] = useState(() => draftOf(loaded));
  const complaints = useComplaints(INPUTS);
  const [isStale, setStale] = useState(false);
  const [joined, setJoined] = useState<Joined | null>(null);
  const updating = useAction(UPDATE);
  const enable = useEnabling();
  const { guard, release } = useLeaveGuard(!isSame(draft, draftOf(base)));
  const back = `/tenants/${tenantId}/schedules/${base.id}`;

  const type = useCallback((part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part })), []);

  const save = async () => {
    const outcome = await updating.perform({ input: change(base.id, draft, base.revision) });
    if (outcome.kind === 'failed') {
      return tell(outcome);
    }
    if (outcome.kind === 'refused') {
      const { errors } = outcome;
      setStale(errors.some(({ code }) => code === 'STALE_REVISION'));
      return complaints.set(errors.filter(({ code }) => code !== 'STALE_REVISION'));
    }
    release();
    if (draft.enabled === base.enabled) {
      tell({ kind: 'done', text: t('saved', { name: draft.name.trim() }) });
    } else {
      await enable({ id: base.id, name: draft.name.trim() }, draft.enabled);
    }
    await navigate(back);
  };

  const loadTheirs = async () => {
    const answer = await client.query(SCHEDULE_TO_EDIT, { id: base.id }, { requestPolicy: 'network-only' });
    const saved = answer.data?.backupSchedule;
    if (saved == null) {
      return answer.error && tell({ kind: 'failed', failure: failureOf(answer.error) });
    }
    const both = join(draftOf(base), draft, draftOf(saved));
    setJoined(both);
    setDraft(both.draft);
    setBase(saved);
    setStale(false);
  };

  return (
    <>
      <ScheduleForm
        draft={draft}
        complaints={complaints}
        note={
          isStale ? (
            <StaleNote onLoad={loadTheirs} />
          ) : (
            joined !== null && (
              <JoinedNote
                joined={joined}
                onTakeTheirs={() => {
                  const saved = draftOf(base);
                  setDraft({ ...draft, ...Object.fromEntries(joined.clashes.map((field) => [field, saved[field]])) });
                  setJoined({ ...joined, clashes: [] });
                }}
              />
            )
          )
        }
        action={t('common:save')}
        back={back}
        isPending={updating.isPending}
        onChange={type}
        onSave={() => void save()}
      />
      {guard}
    </>
  );
}

export default function EditSchedule() {
  const { t } = useTranslation('schedules');
  const may = useMay();
  const { scheduleId = '' } = useParams();
  const query = useQuery({
    query: SCHEDULE_TO_EDIT,
    variables: { id: scheduleId },
    requestPolicy: 'network-only',
  });
  const name = query[0].data?.backupSchedule?.name;
  return (
    <Page title={name === undefined ? t('edit') : t('editOf', { name })}>
      {may('MANAGE_SCHEDULES') ? (
        <Loaded query={query} skeleton={<Skeleton lines={12} />}>
          {({ backupSchedule }) => backupSchedule != null && <Form key={backupSchedule.id} loaded={backupSchedule} />}
        </Loaded>
      ) : (
        <FailureNote failure={{ code: 'FORBIDDEN', message: '', requestId: null }} />
      )}
    </Page>
  );
}
