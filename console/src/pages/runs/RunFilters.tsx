import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { graphql } from '../../gql';
import type { BackupScheduleRunFilter } from '../../gql/graphql';
import { useTenant } from '../../tenant/tenant';
import { rangeOf } from '../../time/range';
import { Button } from '../../ui/Button';
import { Choices } from '../../ui/Choices';
import { Choice, TextInput } from '../../ui/fields';
import { useFilters } from '../../ui/useFilters';
import { RUN_ERRORS, RUN_STATUSES, RUN_TRIGGERS, useRunErrorName, useRunStatusName, useTriggerName } from '../../words/runs';

/** The schedules to choose from; the one of the address may be a deleted one, or beyond the first. */
const SCHEDULES = graphql(`
  query RunSchedules($tenantId: ID!, $scheduleId: ID!, $hasOne: Boolean!) {
    tenant(id: $tenantId) {
      id
      backupSchedules(first: 100) {
        nodes {
          id
          name
        }
      }
    }
    backupSchedule(id: $scheduleId) @include(if: $hasOne) {
      id
      name
    }
  }
`);

const NONE = { status: null, trigger: null, schedule: null, error: null, from: null, to: null };

interface RunFilter {
  filter: BackupScheduleRunFilter;
  isFiltered: boolean;
  clear: () => void;
}

/** What the address asks for. */
export function useRunFilter(): RunFilter {
  const { one, many, set } = useFilters();
  const statuses = many('status', RUN_STATUSES);
  const triggers = many('trigger', RUN_TRIGGERS);
  const errorCodes = many('error', RUN_ERRORS);
  const schedule = one('schedule');
  const createdAt = rangeOf(one('from'), one('to'));
  return {
    filter: {
      ...(statuses.length > 0 && { statuses }),
      ...(triggers.length > 0 && { triggers }),
      ...(errorCodes.length > 0 && { errorCodes }),
      ...(schedule !== null && { scheduleIds: [schedule] }),
      ...(createdAt !== undefined && { createdAt }),
    },
    isFiltered: Object.keys(NONE).some((name) => one(name) !== null),
    clear: () => set(NONE),
  };
}

function ScheduleChoice() {
  const { t } = useTranslation('runs');
  const { id: tenantId } = useTenant();
  const { one, set } = useFilters();
  const chosen = one('schedule') ?? '';
  const [{ data }] = useQuery({
    query: SCHEDULES,
    variables: { tenantId, scheduleId: chosen, hasOne: chosen !== '' },
  });
  const known = data?.tenant?.backupSchedules.nodes ?? [];
  const isKnown = chosen === '' || known.some(({ id }) => id === chosen);
  return (
    <Choice
      label={t('schedule')}
      value={chosen}
      options={[
        { value: '', text: t('allSchedules') },
        ...known.map(({ id, name }) => ({ value: id, text: name })),
        ...(isKnown ? [] : [{ value: chosen, text: data?.backupSchedule?.name ?? t('otherSchedule') }]),
      ]}
      onChange={(schedule) => set({ schedule })}
    />
  );
}

export function RunFilters() {
  const { t } = useTranslation('runs');
  const { one, many, set } = useFilters();
  const { isFiltered, clear } = useRunFilter();
  const statusName = useRunStatusName();
  const triggerName = useTriggerName();
  const errorName = useRunErrorName();
  const several = (count: number) => t('several', { count });
  return (
    <div className="filters run-filters" role="search" aria-label={t('filters')}>
      <Choices
        label={t('state')}
        values={many('status', RUN_STATUSES)}
        options={RUN_STATUSES.map((value) => ({ value, text: statusName(value) }))}
        none={t('all')}
        several={several}
        onChange={(status) => set({ status })}
      />
      <Choices
        label={t('trigger')}
        values={many('trigger', RUN_TRIGGERS)}
        options={RUN_TRIGGERS.map((value) => ({ value, text: triggerName(value) }))}
        none={t('all')}
        several={several}
        onChange={(trigger) => set({ trigger })}
      />
      <ScheduleChoice />
      <Choices
        label={t('error')}
        values={many('error', RUN_ERRORS)}
        options={RUN_ERRORS.map((value) => ({ value, text: errorName(value) }))}
        none={t('all')}
        several={several}
        onChange={(error) => set({ error })}
      />
      <TextInput type="date" label={t('from')} value={one('from') ?? ''} onChange={(from) => set({ from })} />
      <TextInput type="date" label={t('to')} value={one('to') ?? ''} onChange={(to) => set({ to })} />
      {isFiltered && <Button onPress={clear}>{t('clear')}</Button>}
    </div>
  );
}
