import { FileSearch, Files } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import type { BackupItemOrderField, SetItemsQuery } from '../../gql/graphql';
import { useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { Button } from '../../ui/Button';
import { bytes } from '../../ui/bytes';
import type { Column } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Finder } from '../../ui/fields';
import { Loaded } from '../../ui/Loaded';
import { Paged } from '../../ui/Paged';
import { usePage } from '../../ui/Pager';
import { Panel } from '../../ui/Panel';
import { useFilters } from '../../ui/useFilters';
import { useSearchText } from '../../ui/useSearchText';
import { useSort } from '../../ui/useSort';
import { useKindName } from '../../words/kinds';
import { ITEMS } from './documents';
import { KindChips } from './KindChips';
import type { BackupSet } from './Set';

type Item = NonNullable<SetItemsQuery['backupSet']>['items']['nodes'][number];

const FIELDS: readonly BackupItemOrderField[] = ['NAME', 'POLICY_TYPE'];

/** The policies in a set. */
export function SetItems({ set }: { set: BackupSet }) {
  const { t, i18n } = useTranslation('sets');
  const { id: tenantId } = useTenant();
  const kindName = useKindName();
  const filters = useFilters();
  const [text, typed, type] = useSearchText();
  const [sort, setSort] = useSort(FIELDS, { by: 'NAME', direction: 'ASC' });
  const counts = set.run.policyTypeResults.filter(({ itemCount }) => itemCount > 0);
  const kinds = filters.many('kinds', counts.map(({ policyType }) => policyType));
  const query = useQuery({
    query: ITEMS,
    variables: {
      id: set.id,
      ...usePage(),
      filter: { ...(kinds.length > 0 && { policyTypes: kinds }), ...(text.trim() !== '' && { search: text.trim() }) },
      orderBy: { field: sort.by, direction: sort.direction },
    },
  });
  const columns: Column<Item>[] = [
    {
      key: 'NAME',
      title: t('name'),
      heads: true,
      sortable: true,
      cell: ({ id, name }) => <Link to={`/tenants/${tenantId}/sets/${set.id}/items/${id}`}>{name}</Link>,
    },
    { key: 'POLICY_TYPE', title: t('kind'), sortable: true, cell: ({ policyType }) => kindName(policyType) },
    { key: 'modified', title: t('modified'), cell: ({ policyModifiedAt }) => <Moment instant={policyModifiedAt} /> },
    { key: 'by', title: t('changedBy'), cell: ({ lastChange }) => lastChange?.actorName ?? <span className="quiet">–</span> },
    { key: 'size', title: t('size'), align: 'end', cell: ({ payloadBytes }) => bytes(i18n.language, payloadBytes) },
  ];
  return (
    <Panel title={t('items')} beside={<Finder label={t('searchItems')} value={typed} onChange={type} />}>
      <div className="stack">
        <KindChips counts={counts} chosen={kinds} onChange={(chosen) => filters.set({ kinds: chosen })} />
        <Loaded query={query}>
          {({ backupSet }) => (
            <Paged
              connection={backupSet?.items}
              label={t('items')}
              columns={columns}
              sort={sort}
              onSort={setSort}
              empty={
                set.itemCount === 0 ? (
                  <EmptyState icon={Files} title={t('noItems')} />
                ) : (
                  <EmptyState icon={FileSearch} title={t('noItemsMatch')}>
                    <Button onPress={() => filters.set({ kinds: null, search: null })}>{t('clearFilters')}</Button>
                  </EmptyState>
                )
              }
            />
          )}
        </Loaded>
      </div>
    </Panel>
  );
}
