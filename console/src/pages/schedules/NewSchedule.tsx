import { useCallback, useContext, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { newKey } from '../../api/newKey';
import { useAction } from '../../api/useAction';
import { graphql } from '../../gql';
import { useMay, useTenant } from '../../tenant/tenant';
import { OWN_ZONE } from '../../time/formats';
import { TenantZone } from '../../time/Moment';
import { FailureNote } from '../../ui/FailureNote';
import { tell } from '../../ui/notices';
import { Page } from '../../ui/Page';
import { Skeleton } from '../../ui/Skeleton';
import { useLeaveGuard } from '../../ui/useLeaveGuard';
import { useKinds } from '../../words/kinds';
import { useComplaints } from '../../words/useComplaints';
import { creation, isSame, type Draft } from './draft';
import { INPUTS } from './fields';
import { ScheduleForm } from './ScheduleForm';

const CREATE = graphql(`
  mutation CreateSchedule($input: CreateBackupScheduleInput!) {
    createBackupSchedule(input: $input) {
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

function Form({ initial }: { initial: Draft }) {
  const { t } = useTranslation('schedules');
  const { id: tenantId } = useTenant();
  const navigate = useNavigate();
  const [draft, setDraft] = useState(initial);
  const complaints = useComplaints(INPUTS);
  // One key for one form: a second press of the button makes no second schedule.
  const [key, setKey] = useState(newKey);
  const { perform, isPending } = useAction(CREATE);
  const { guard, release } = useLeaveGuard(!isSame(draft, initial));
  const type = useCallback((part: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...part }));
    setKey(newKey());
  }, []);
  const save = async () => {
    const outcome = await perform({ input: creation(tenantId, draft, key) });
    switch (outcome.kind) {
      case 'failed':
        return tell(outcome);
      case 'refused':
        return complaints.set(outcome.errors);
      case 'done':
        release();
        tell({ kind: 'done', text: t('created', { name: draft.name.trim() }) });
        await navigate(`/tenants/${tenantId}/schedules/${outcome.payload.schedule?.id ?? ''}`);
    }
  };
  return (
    <>
      <ScheduleForm
        draft={draft}
        complaints={complaints}
        action={t('create')}
        back=".."
        isPending={isPending}
        onChange={type}
        onSave={() => void save()}
      />
      {guard}
    </>
  );
}

export default function NewSchedule() {
  const { t } = useTranslation('schedules');
  const may = useMay();
  const tenantZone = useContext(TenantZone);
  const kinds = useKinds();
  if (!may('MANAGE_SCHEDULES')) {
    return (
      <Page title={t('new')}>
        <FailureNote failure={{ code: 'FORBIDDEN', message: '', requestId: null }} />
      </Page>
    );
  }
  const usual = kinds.filter(({ tier, unavailableReason }) => tier === 'CORE' && unavailableReason == null);
  return (
    <Page title={t('new')}>
      {kinds.length === 0 ? (
        <Skeleton lines={12} />
      ) : (
        <Form
          initial={{
            name: '',
            recurrence: {
              frequency: 'DAILY',
              weekdays: [],
              timeOfDay: '02:30',
              timeZone: tenantZone ?? OWN_ZONE,
              spreadMinutes: 0,
            },
            policyTypes: usual.map(({ type }) => type),
            includeAssignments: true,
            includeScopeTags: true,
            keepLast: 30,
            enabled: true,
          }}
        />
      )}
    </Page>
  );
}
