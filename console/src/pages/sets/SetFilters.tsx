import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import type { BackupSetFilter } from '../../gql/graphql';
import { useTenant } from '../../tenant/tenant';
import { rangeOf } from '../../time/range';
import { Button } from '../../ui/Button';
import { Choice, TextInput } from '../../ui/fields';
import { useFilters } from '../../ui/useFilters';
import { SCHEDULES } from './documents';

const ALL = '';
const COMPLETE = ['true', 'false'] as const;
const DELETED = ['EXCLUDE', 'INCLUDE', 'ONLY'] as const;
const NONE = { schedule: null, complete: null, deleted: null, from: null, to: null };

/** What the address asks for: the variables of the list, and whether it is filtered. */
export function useSetFilter(): { filter: BackupSetFilter; isFiltered: boolean; clear: () => void } {
  const { one, set } = useFilters();
  const schedule = one('schedule');
  const complete = COMPLETE.find((value) => value === one('complete'));
  const createdAt = rangeOf(one('from'), one('to'));
  const filter: BackupSetFilter = {
    deleted: DELETED.find((value) => value === one('deleted')) ?? 'EXCLUDE',
    ...(schedule !== null && { scheduleIds: [schedule] }),
    ...(complete !== undefined && { isComplete: complete === 'true' }),
    ...(createdAt !== undefined && { createdAt }),
  };
  return { filter, isFiltered: Object.keys(NONE).some((name) => one(name) !== null), clear: () => set(NONE) };
}

export function SetFilters() {
  const { t } = useTranslation('sets');
  const { id } = useTenant();
  const { one, set } = useFilters();
  const { isFiltered, clear } = useSetFilter();
  const [{ data }] = useQuery({ query: SCHEDULES, variables: { tenantId: id } });
  const schedules = data?.tenant?.backupSchedules.nodes ?? [];
  const schedule = one('schedule') ?? ALL;
  const isKnown = schedule === ALL || schedules.some((known) => known.id === schedule);
  return (
    <div className="filters" role="search" aria-label={t('filters')}>
      <Choice
        label={t('schedule')}
        value={schedule}
        options={[
          { value: ALL, text: t('allSchedules') },
          ...schedules.map((known) => ({ value: known.id, text: known.name })),
          ...(isKnown ? [] : [{ value: schedule, text: t('otherSchedule') }]),
        ]}
        onChange={(value) => set({ schedule: value })}
      />
      <Choice
        label={t('completeness')}
        value={COMPLETE.find((value) => value === one('complete')) ?? ALL}
        options={[
          { value: ALL, text: t('all') },
          { value: 'true', text: t('complete') },
          { value: 'false', text: t('incomplete') },
        ]}
        onChange={(value) => set({ complete: value })}
      />
      <Choice
        label={t('deletedOnes')}
        value={DELETED.find((value) => value === one('deleted')) ?? 'EXCLUDE'}
        options={DELETED.map((value) => ({ value, text: t(`deletedFilter.${value}`) }))}
        onChange={(value) => set({ deleted: value === 'EXCLUDE' ? null : value })}
      />
      <TextInput type="date" label={t('from')} value={one('from') ?? ''} onChange={(from) => set({ from })} />
      <TextInput type="date" label={t('to')} value={one('to') ?? ''} onChange={(to) => set({ to })} />
      {isFiltered && <Button onPress={clear}>{t('clearFilters')}</Button>}
    </div>
  );
}
