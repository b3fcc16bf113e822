import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import type { ApiTokenStatus } from '../../gql/graphql';
import { Permitted } from '../../tenant/Permitted';
import { useMay, useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { Badge } from '../../ui/Badge';
import { Button } from '../../ui/Button';
import { Choices } from '../../ui/Choices';
import type { Column } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Finder } from '../../ui/fields';
import { Loaded } from '../../ui/Loaded';
import { Page } from '../../ui/Page';
import { Paged } from '../../ui/Paged';
import { usePage } from '../../ui/Pager';
import { useFilters } from '../../ui/useFilters';
import { useSearchText } from '../../ui/useSearchText';
import { useSort } from '../../ui/useSort';
import { useActorName } from '../../words/actors';
import { lookOf } from '../../words/looks';
import { useRoleName } from '../../words/roles';
import { TOKENS, type Token } from './documents';
import { NewToken } from './NewToken';
import { RevokeToken } from './RevokeToken';
import './tokens.css';

const STATUSES: readonly ApiTokenStatus[] = ['ACTIVE', 'EXPIRED', 'REVOKED'];
const FIELDS = ['NAME', 'CREATED_AT', 'EXPIRES_AT', 'LAST_USED_AT'] as const;

function List() {
  const { t } = useTranslation('tokens');
  const { id } = useTenant();
  const may = useMay();
  const roleName = useRoleName();
  const actorName = useActorName();
  const filters = useFilters();
  const page = usePage();
  const [search, typed, type] = useSearchText();
  const [sort, setSort] = useSort(FIELDS, { by: 'CREATED_AT', direction: 'DESC' });
  const [isMaking, setMaking] = useState(false);
  const [revoked, setRevoked] = useState<Token | null>(null);
  const statuses = filters.many('states', STATUSES);
  const isFiltered = search !== '' || statuses.length > 0;
  const query = useQuery({
    query: TOKENS,
    variables: {
      id,
      filter: { search: search === '' ? undefined : search, statuses: statuses.length === 0 ? undefined : statuses },
      orderBy: { field: sort.by, direction: sort.direction },
      ...page,
    },
  });
  const self = query[0].data?.viewer.user?.id;
  const mayRevoke = ({ status, createdBy }: Token) =>
    status === 'ACTIVE' && (may('MANAGE_MEMBERS') || (createdBy?.__typename === 'User' && createdBy.id === self));

  const columns: Column<Token>[] = [
    {
      key: 'NAME',
      title: t('name'),
      heads: true,
      sortable: true,
      cell: ({ name, prefix }) => (
        <span className="token-name">
          <span>{name}</span>
          <code className="quiet">{prefix}…</code>
        </span>
      ),
    },
    { key: 'role', title: t('role'), cell: ({ role }) => <span className="whole">{roleName(role)}</span> },
    {
      key: 'status',
      title: t('state'),
      cell: ({ status }) => <Badge {...lookOf('token', status)}>{t(`status.${status}`, t('status.unknown'))}</Badge>,
    },
    {
      key: 'CREATED_AT',
      title: t('createdAt'),
      sortable: true,
      cell: ({ createdAt, createdBy }) => (
        <span className="token-name">
          <Moment instant={createdAt} />
          {createdBy != null && <span className="quiet small">{t('createdBy', { name: actorName(createdBy) })}</span>}
        </span>
      ),
    },
    {
      key: 'EXPIRES_AT',
      title: t('expires'),
      sortable: true,
      cell: ({ expiresAt, revokedAt }) => <Moment instant={revokedAt ?? expiresAt} />,
    },
    {
      key: 'LAST_USED_AT',
      title: t('lastUsed'),
      sortable: true,
      cell: ({ lastUsedAt }) => <Moment instant={lastUsedAt} absent={t('never')} />,
    },
    {
      key: 'actions',
      title: t('actions'),
      align: 'end',
      cell: (token) =>
        mayRevoke(token) && (
          <Button size="small" onPress={() => setRevoked(token)} aria-label={t('revoke.label', { name: token.name })}>
            {t('revoke.action')}
          </Button>
        ),
    },
  ];

  const make = (
    <Button weight="primary" onPress={() => setMaking(true)}>
      <Plus aria-hidden size={18} />
      {t('new.open')}
    </Button>
  );
  return (
    <Page title={t('title')} lead={t('lead')} actions={make}>
      <div className="filters">
        <Finder label={t('search')} value={typed} onChange={type} />
        <Choices
          label={t('state')}
          none={t('allStates')}
          several={(count) => t('states', { count })}
          values={statuses}
          options={STATUSES.map((value) => ({ value, text: t(`status.${value}`) }))}
          onChange={(states) => filters.set({ states })}
        />
      </div>
      <Loaded query={query}>
        {({ tenant }) => (
          <Paged
            connection={tenant?.apiTokens}
            label={t('title')}
            columns={columns}
            sort={sort}
            onSort={setSort}
            empty={
              <EmptyState icon={KeyRound} title={isFiltered ? t('empty.filtered') : t('empty.title')}>
                {isFiltered ? (
                  <Button onPress={() => filters.set({ search: null, states: null })}>{t('empty.clear')}</Button>
                ) : (
                  <p>{t('empty.text')}</p>
                )}
              </EmptyState>
            }
          />
        )}
      </Loaded>
      {isMaking && <NewToken onMade={() => query[1]({ requestPolicy: 'network-only' })} onClose={() => setMaking(false)} />}
      {revoked !== null && <RevokeToken token={revoked} onClose={() => setRevoked(null)} />}
    </Page>
  );
}

export default function Tokens() {
  const { t } = useTranslation('tokens');
  return (
    <Permitted needs="MANAGE_API_TOKENS" title={t('title')}>
      <List />
    </Permitted>
  );
}
