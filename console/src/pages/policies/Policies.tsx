import { FileClock, SearchX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import type { PoliciesQuery, PolicyOrderField } from '../../gql/graphql';
import { useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { Badge } from '../../ui/Badge';
import { Button } from '../../ui/Button';
import type { Column } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loaded } from '../../ui/Loaded';
import { Page } from '../../ui/Page';
import { Paged } from '../../ui/Paged';
import { usePage } from '../../ui/Pager';
import { useSort } from '../../ui/useSort';
import { useKindName } from '../../words/kinds';
import { POLICIES } from './documents';
import './policies.css';
import { PolicyFilters, usePolicyFilter } from './PolicyFilters';

type Row = NonNullable<PoliciesQuery['tenant']>['policies']['nodes'][number];

const FIELDS: readonly PolicyOrderField[] = ['NAME', 'TYPE', 'GRAPH_MODIFIED_AT'];

/** What there is in Intune and Entra, and whether it is backed up. */
export default function Policies() {
  const { t } = useTranslation('policies');
  const tenant = useTenant();
  const kindName = useKindName();
  const { filter, isFiltered, isPending, clear } = usePolicyFilter();
  const [sort, setSort] = useSort(FIELDS, { by: 'NAME', direction: 'ASC' });
  const query = useQuery({
    query: POLICIES,
    variables: { tenantId: tenant.id, filter, orderBy: { field: sort.by, direction: sort.direction }, ...usePage() },
    pause: isPending,
  });
  const at = `/tenants/${tenant.id}`;
  const columns: Column<Row>[] = [
    { key: 'NAME', title: t('name'), heads: true, sortable: true, cell: ({ id, name }) => <Link to={`${at}/policies/${id}`}>{name}</Link> },
    { key: 'TYPE', title: t('kind'), sortable: true, cell: ({ type }) => kindName(type) },
    {
      key: 'GRAPH_MODIFIED_AT',
      title: t('modified'),
      sortable: true,
      cell: ({ graphModifiedAt }) => <Moment instant={graphModifiedAt} />,
    },
    {
      key: 'seen',
      title: t('lastSeen'),
      cell: ({ lastSeenAt, missingSince }) =>
        missingSince == null ? (
          <Moment instant={lastSeenAt} />
        ) : (
          <span className="policy-state">
            <Badge tone="warning">{t('missing')}</Badge>
            <span className="quiet small">
              {t('since')} <Moment instant={missingSince} />
            </span>
          </span>
        ),
    },
    {
      key: 'backedUp',
      title: t('lastBackup'),
      cell: ({ latestBackupItem: item }) =>
        item == null ? (
          <Badge tone="neutral">{t('never')}</Badge>
        ) : (
          <Link to={`${at}/sets/${item.backupSet.id}/items/${item.id}`}>
            <Moment instant={item.backupSet.createdAt} />
          </Link>
        ),
    },
  ];
  return (
    <Page title={t('title')} lead={t('lead')}>
      <PolicyFilters />
      <Loaded query={query}>
        {({ tenant: found }) =>
          found != null && (
            <>
              <p className="quiet small synced">
                {found.policiesSyncedAt == null ? (
                  t('neverSynced')
                ) : (
                  <>
                    {t('syncedAt')} <Moment instant={found.policiesSyncedAt} />
                  </>
                )}
              </p>
              <Paged
                connection={found.policies}
                label={t('title')}
                columns={columns}
                sort={sort}
                onSort={setSort}
                empty={
                  isFiltered ? (
                    <EmptyState icon={SearchX} title={t('noneMatch')}>
                      <Button onPress={clear}>{t('clearFilters')}</Button>
                    </EmptyState>
                  ) : (
                    <EmptyState icon={FileClock} title={t('none')}>
                      <p>{t('noneText')}</p>
                      <Link to={`${at}/schedules`}>{t('toSchedules')}</Link>
                    </EmptyState>
                  )
                }
              />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
