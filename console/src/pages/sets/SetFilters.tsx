import { useTranslation } from 'react-i18next';
import type { BackupSetFilter } from '../../gql/graphql';
import { ScheduleChoice } from '../../tenant/ScheduleChoice';
import { rangeOf } from '../../time/range';
import { Button } from '../../ui/Button';
import { Choice, TextInput } from '../../ui/fields';
import { FilterBar } from '../../ui/FilterBar';
import { useFilters } from '../../ui/useFilters';

const ALL = '';
const COMPLETE = ['true', 'false'] as const;
const DELETED = ['EXCLUDE', 'INCLUDE', 'ONLY'] as const;
const NONE = { schedule: null, complete: null, deleted: null, from: null, to: null };

/** What the address asks for: the variables of the list, and how many filters are set. */
export function useSetFilter(): { filter: BackupSetFilter; count: number; clear: () => void } {
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
  return { filter, count: Object.keys(NONE).filter((name) => one(name) !== null).length, clear: () => set(NONE) };
}

export function SetFilters() {
  const { t } = useTranslation('sets');
  const { one, set } = useFilters();
  const { count, clear } = useSetFilter();
  return (
    <FilterBar label={t('filters')} count={count}>
      <ScheduleChoice />
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
      {count > 0 && <Button onPress={clear}>{t('clearFilters')}</Button>}
    </FilterBar>
  );
}
