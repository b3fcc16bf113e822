import { useTranslation } from 'react-i18next';
import type { BackupScheduleRunFilter } from '../../gql/graphql';
import { ScheduleChoice } from '../../tenant/ScheduleChoice';
import { rangeOf } from '../../time/range';
import { Button } from '../../ui/Button';
import { Choices } from '../../ui/Choices';
import { TextInput } from '../../ui/fields';
import { FilterBar } from '../../ui/FilterBar';
import { useFilters } from '../../ui/useFilters';
import { RUN_ERRORS, RUN_STATUSES, RUN_TRIGGERS, useRunErrorName, useRunStatusName, useTriggerName } from '../../words/runs';

const NONE = { status: null, trigger: null, schedule: null, error: null, from: null, to: null };

interface RunFilter {
  filter: BackupScheduleRunFilter;
  /** How many filters are set. */
  count: number;
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
    count: Object.keys(NONE).filter((name) => one(name) !== null).length,
    clear: () => set(NONE),
  };
}

export function RunFilters() {
  const { t } = useTranslation('runs');
  const { one, many, set } = useFilters();
  const { count, clear } = useRunFilter();
  const statusName = useRunStatusName();
  const triggerName = useTriggerName();
  const errorName = useRunErrorName();
  const several = (chosen: number) => t('several', { count: chosen });
  return (
    <FilterBar label={t('filters')} count={count}>
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
      {count > 0 && <Button onPress={clear}>{t('clear')}</Button>}
    </FilterBar>
  );
}
