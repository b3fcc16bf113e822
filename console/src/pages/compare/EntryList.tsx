import { Equal, SearchX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { entryOf } from '../../tenant/compareAddress';
import { Moment } from '../../time/Moment';
import { Button } from '../../ui/Button';
import { Choices } from '../../ui/Choices';
import { DataTable, type Column } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Finder } from '../../ui/fields';
import { FilterBar } from '../../ui/FilterBar';
import { Pager } from '../../ui/Pager';
import { useFilters } from '../../ui/useFilters';
import { useSearchText } from '../../ui/useSearchText';
import { DIFF_KINDS, DiffKindBadge } from '../../words/changes';
import { useKindName, useKinds } from '../../words/kinds';
import type { Diff } from './Comparison';

type Row = Diff['entries']['nodes'][number];

interface Props {
  diff: Diff;
  isFiltered: boolean;
}

/** The policies that differ. */
export function EntryList({ diff, isFiltered }: Props) {
  const { t } = useTranslation('compare');
  const kindName = useKindName();
  const { set } = useFilters();
  const { search } = useLocation();
  const { nodes, pageInfo, totalCount } = diff.entries;
  const open = (row: Row) => {
    const next = new URLSearchParams(search);
    next.set('entry', entryOf(row));
    return `?${next.toString()}`;
  };
  const columns: Column<Row>[] = [
    { key: 'name', title: t('name'), heads: true, cell: (row) => <Link to={open(row)}>{row.name}</Link> },
    { key: 'change', title: t('change'), cell: ({ kind }) => <DiffKindBadge kind={kind} /> },
    { key: 'kind', title: t('kind'), cell: ({ policyType }) => kindName(policyType) },
    {
      key: 'by',
      title: t('changedBy'),
      cell: ({ lastChange }) =>
        lastChange == null ? (
          <span className="quiet">–</span>
        ) : (
          <span>
            {lastChange.actorName} <span className="quiet">·</span> <Moment instant={lastChange.occurredAt} />
          </span>
        ),
    },
  ];
  return (
    <section aria-label={t('differences')}>
      <EntryFilters />
      {nodes.length > 0 ? (
        <>
          <DataTable label={t('differences')} columns={columns} rows={nodes} rowKey={entryOf} />
          <Pager pageInfo={pageInfo} total={totalCount} />
        </>
      ) : isFiltered ? (
        <EmptyState icon={SearchX} title={t('noneMatch')}>
          <Button onPress={() => set({ search: null, kinds: null, changes: null })}>{t('clearFilters')}</Button>
        </EmptyState>
      ) : (
        <EmptyState icon={Equal} title={t('equal')}>
          <p>{t('equalText')}</p>
        </EmptyState>
      )}
    </section>
  );
}

function EntryFilters() {
  const { t } = useTranslation('compare');
  const { t: inWords } = useTranslation('words');
  const { one, many, set } = useFilters();
  const count = ['changes', 'kinds', 'search'].filter((name) => one(name) !== null).length;
  const [, typed, type] = useSearchText();
  const kinds = useKinds();
  return (
    <FilterBar label={t('filters')} count={count}>
      <Choices
        label={t('change')}
        options={DIFF_KINDS.map((value) => ({ value, text: inWords(`diffKind.${value}`) }))}
        values={many('changes', DIFF_KINDS)}
        none={t('allChanges')}
        several={(count) => t('someChanges', { count })}
        onChange={(changes) => set({ changes })}
      />
      <Choices
        label={t('kind')}
        options={kinds.map(({ type: value, displayName: text }) => ({ value, text }))}
        values={many('kinds', kinds.map((kind) => kind.type))}
        none={t('allKinds')}
        several={(count) => inWords('kinds', { count })}
        onChange={(chosen) => set({ kinds: chosen })}
      />
      <Finder label={t('search')} value={typed} onChange={type} />
    </FilterBar>
  );
}
