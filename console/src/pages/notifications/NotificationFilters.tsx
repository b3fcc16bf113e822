import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { Choices } from '../../ui/Choices';
import { Choice } from '../../ui/fields';
import { FilterBar } from '../../ui/FilterBar';
import { SearchChoice } from '../../ui/SearchChoice';
import { useFilters } from '../../ui/useFilters';
import { TENANT, TENANTS } from './documents';
import { KINDS, SEVERITIES } from './kinds';

/** The tenant of the address, found among all by its name. */
function TenantFilter() {
  const { t } = useTranslation('notifications');
  const filters = useFilters();
  const [typed, type] = useState('');
  const id = filters.one('tenant');
  const [{ data: found }] = useQuery({ query: TENANTS, variables: { search: typed === '' ? null : typed } });
  const [{ data: chosen }] = useQuery({ query: TENANT, variables: { id: id ?? '' }, pause: id === null });
  return (
    <SearchChoice
      label={t('filter.tenant')}
      placeholder={t('filter.allTenants')}
      chosen={id === null ? null : { value: id, text: chosen?.tenant?.name ?? id }}
      found={(found?.viewer.tenants.nodes ?? []).map((tenant) => ({ value: tenant.id, text: tenant.name }))}
      onType={type}
      onChoose={(tenant) => filters.set({ tenant: tenant?.value ?? null })}
    />
  );
}

export function NotificationFilters() {
  const { t } = useTranslation('notifications');
  const filters = useFilters();
  const count = ['show', 'tenant', 'severity', 'kinds'].filter((name) => filters.one(name) !== null).length;
  return (
    <FilterBar label={t('filter.label')} count={count}>
      <Choice
        label={t('filter.show')}
        value={filters.one('show') === 'all' ? 'all' : 'unread'}
        options={[
          { value: 'unread', text: t('filter.unread') },
          { value: 'all', text: t('filter.all') },
        ]}
        onChange={(show) => filters.set({ show: show === 'all' ? show : null })}
      />
      <TenantFilter />
      <Choices
        label={t('filter.severity')}
        none={t('filter.allSeverities')}
        several={(count) => t('filter.severities', { count })}
        values={filters.many('severity', SEVERITIES)}
        options={SEVERITIES.map((value) => ({ value, text: t(`severity.${value}`) }))}
        onChange={(severity) => filters.set({ severity })}
      />
      <Choices
        label={t('filter.kind')}
        none={t('filter.allKinds')}
        several={(count) => t('filter.kinds', { count })}
        values={filters.many('kinds', KINDS)}
        options={KINDS.map((value) => ({ value, text: t(`kind.${value}`) }))}
        onChange={(kinds) => filters.set({ kinds })}
      />
    </FilterBar>
  );
}
