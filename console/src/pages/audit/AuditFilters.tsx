import { X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { useTenant } from '../../tenant/tenant';
import { Button } from '../../ui/Button';
import { Choices } from '../../ui/Choices';
import { TextInput } from '../../ui/fields';
import { FilterBar } from '../../ui/FilterBar';
import { SearchChoice } from '../../ui/SearchChoice';
import { useFilters } from '../../ui/useFilters';
import { ACTIONS, OUTCOMES } from './actions';
import { AUDIT_ACTORS, type Entry } from './documents';

function ActorFilter({ name }: { name: string | undefined }) {
  const { t } = useTranslation('audit');
  const { id } = useTenant();
  const filters = useFilters();
  const [typed, type] = useState('');
  const [{ data }] = useQuery({ query: AUDIT_ACTORS, variables: { id, search: typed === '' ? null : typed } });
  const actor = filters.one('actor');
  const found = [
    ...(data?.tenant?.members?.nodes ?? []).map(({ user }) => ({
      value: user.id,
      text: user.displayName,
      more: user.email ?? t('member'),
    })),
    ...(data?.tenant?.apiTokens?.nodes ?? []).map((token) => ({
      value: token.id,
      text: token.displayName,
      more: t('target.ApiToken'),
    })),
  ];
  const text = found.find(({ value }) => value === actor)?.text ?? name ?? actor;
  return (
    <SearchChoice
      label={t('filter.actor')}
      placeholder={t('filter.anybody')}
      chosen={actor === null || text === null ? null : { value: actor, text }}
      found={found}
      onType={type}
      onChoose={(choice) => filters.set({ actor: choice?.value ?? null })}
    />
  );
}

/** The filters of the address. Names of what was chosen come from the entries that it has found. */
export function AuditFilters({ entries, count }: { entries: readonly Entry[]; count: number }) {
  const { t } = useTranslation('audit');
  const filters = useFilters();
  const target = filters.one('target');
  return (
    <FilterBar label={t('filter.label')} count={count}>
      <Choices
        label={t('filter.action')}
        none={t('filter.allActions')}
        several={(count) => t('filter.chosen', { count })}
        values={filters.many('actions', ACTIONS)}
        options={ACTIONS.map((value) => ({ value, text: t(`action.${value}`) }))}
        onChange={(actions) => filters.set({ actions })}
      />
      <ActorFilter name={entries[0]?.actor.displayName} />
      <Choices
        label={t('filter.outcome')}
        none={t('filter.allOutcomes')}
        several={(count) => t('filter.chosen', { count })}
        values={filters.many('outcomes', OUTCOMES)}
        options={OUTCOMES.map((value) => ({ value, text: t(`outcome.${value}`) }))}
        onChange={(outcomes) => filters.set({ outcomes })}
      />
      <TextInput label={t('filter.from')} type="date" value={filters.one('from') ?? ''} onChange={(from) => filters.set({ from })} />
      <TextInput label={t('filter.to')} type="date" value={filters.one('to') ?? ''} onChange={(to) => filters.set({ to })} />
      {target !== null && (
        <Button onPress={() => filters.set({ target: null })} aria-label={t('filter.clearTarget')}>
          {t('filter.target', { name: entries[0]?.targetName ?? target })}
          <X aria-hidden size={16} />
        </Button>
      )}
    </FilterBar>
  );
}
