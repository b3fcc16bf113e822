import { useTranslation } from 'react-i18next';
import type { PolicyFilter } from '../../gql/graphql';
import { Button } from '../../ui/Button';
import { Choices } from '../../ui/Choices';
import { Choice, Finder } from '../../ui/fields';
import { FilterBar } from '../../ui/FilterBar';
import { useFilters } from '../../ui/useFilters';
import { useSearchText } from '../../ui/useSearchText';
import { useKinds } from '../../words/kinds';

const ALL = '';
const ANSWERS = ['true', 'false'] as const;
const NONE = { kinds: null, missing: null, backedUp: null, search: null };

interface Wanted {
  filter: PolicyFilter;
  isFiltered: boolean;
  /** Whether it is not known yet which kinds the address names. */
  isPending: boolean;
  clear: () => void;
}

export function usePolicyFilter(): Wanted {
  const { one, many, set } = useFilters();
  const kinds = useKinds();
  const types = many('kinds', kinds.map(({ type }) => type));
  const missing = ANSWERS.find((answer) => answer === one('missing'));
  const backedUp = ANSWERS.find((answer) => answer === one('backedUp'));
  const search = one('search')?.trim() ?? '';
  const filter: PolicyFilter = {
    ...(types.length > 0 && { types }),
    ...(missing !== undefined && { isMissing: missing === 'true' }),
    ...(backedUp !== undefined && { isBackedUp: backedUp === 'true' }),
    ...(search !== '' && { search }),
  };
  return {
    filter,
    isFiltered: Object.keys(filter).length > 0,
    isPending: one('kinds') !== null && kinds.length === 0,
    clear: () => set(NONE),
  };
}

export function PolicyFilters() {
  const { t } = useTranslation('policies');
  const { t: inWords } = useTranslation('words');
  const { one, many, set } = useFilters();
  const { filter, isFiltered, clear } = usePolicyFilter();
  const [, typed, type] = useSearchText();
  const kinds = useKinds();
  return (
    <FilterBar label={t('filters')} count={Object.keys(filter).length}>
      <Finder label={t('search')} value={typed} onChange={type} />
      <Choices
        label={t('kind')}
        options={kinds.map((kind) => ({ value: kind.type, text: kind.displayName }))}
        values={many('kinds', kinds.map((kind) => kind.type))}
        none={t('allKinds')}
        several={(count) => inWords('kinds', { count })}
        onChange={(chosen) => set({ kinds: chosen })}
      />
      <Choice
        label={t('presence')}
        value={ANSWERS.find((answer) => answer === one('missing')) ?? ALL}
        options={[
          { value: ALL, text: t('all') },
          { value: 'false', text: t('present') },
          { value: 'true', text: t('missing') },
        ]}
        onChange={(missing) => set({ missing })}
      />
      <Choice
        label={t('backup')}
        value={ANSWERS.find((answer) => answer === one('backedUp')) ?? ALL}
        options={[
          { value: ALL, text: t('all') },
          { value: 'true', text: t('backedUp') },
          { value: 'false', text: t('never') },
        ]}
        onChange={(backedUp) => set({ backedUp })}
      />
      {isFiltered && <Button onPress={clear}>{t('clearFilters')}</Button>}
    </FilterBar>
  );
}
