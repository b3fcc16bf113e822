import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import { Choice } from '../ui/fields';
import { useFilters } from '../ui/useFilters';
import { useTenant } from './tenant';
import { useAllSchedules } from './useAllSchedules';

/** The one of the address, which may be a deleted one. */
const ONE = graphql(`
  query ScheduleToChoose($id: ID!) {
    backupSchedule(id: $id) {
      id
      name
    }
  }
`);

/** The schedule that a list is narrowed to, in its address as `?schedule=`. */
export function ScheduleChoice() {
  const { t } = useTranslation('words');
  const { one, set } = useFilters();
  const chosen = one('schedule') ?? '';
  const [{ data }] = useAllSchedules(useTenant().id);
  const known = data ?? [];
  const isKnown = chosen === '' || known.some(({ id }) => id === chosen);
  const [{ data: further }] = useQuery({ query: ONE, variables: { id: chosen }, pause: isKnown });
  return (
    <Choice
      label={t('schedule.label')}
      value={chosen}
      options={[
        { value: '', text: t('schedule.all') },
        ...known.map(({ id, name }) => ({ value: id, text: name })),
        ...(isKnown ? [] : [{ value: chosen, text: further?.backupSchedule?.name ?? t('schedule.other') }]),
      ]}
      onChange={(schedule) => set({ schedule })}
    />
  );
}
