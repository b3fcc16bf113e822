import { Archive, SearchX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useQuery } from 'urql';
import type { SetsQuery } from '../../gql/graphql';
import { useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { Button } from '../../ui/Button';
import { bytes } from '../../ui/bytes';
import type { Column } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Checkbox } from '../../ui/fields';
import { Loaded } from '../../ui/Loaded';
import { Page } from '../../ui/Page';
import { Paged } from '../../ui/Paged';
import { usePage } from '../../ui/Pager';
import { ChangeCounts } from '../../words/changes';
import { SETS } from './documents';
import { SetFilters, useSetFilter } from './SetFilters';
import { Completeness, Soundness } from './SetStates';
import { useChosenSets } from './useChosenSets';
import './sets.css';

type Row = NonNullable<SetsQuery['tenant']>['backupSets']['nodes'][number];

export default function Sets() {
  const { t, i18n } = useTranslation('sets');
  const tenant = useTenant();
  const navigate = useNavigate();
  const { filter, count, clear } = useSetFilter();
  const query = useQuery({ query: SETS, variables: { tenantId: tenant.id, filter, ...usePage() } });
  const { chosen, choose, pair } = useChosenSets();
  const at = `/tenants/${tenant.id}`;
  const compare = () => pair !== null && navigate(`${at}/compare?base=${pair.base}&target=${pair.target}`);
  const columns: Column<Row>[] = [
    {
      key: 'choose',
      title: t('choose'),
      cell: (row) => (
        <Checkbox isSelected={chosen.includes(row.id)} onChange={(isChosen) => choose(row.id, isChosen)}>
          <span className="visually-hidden">
            {t('chooseSet')} <Moment instant={row.createdAt} as="exact" />
          </span>
        </Checkbox>
      ),
    },
    {
      key: 'created',
      title: t('created'),
      heads: true,
      cell: (row) => (
        <Link to={`${at}/sets/${row.id}`}>
          <Moment instant={row.createdAt} as="exact" />
        </Link>
      ),
    },
    { key: 'schedule', title: t('schedule'), cell: ({ schedule }) => <Link to={`${at}/schedules/${schedule.id}`}>{schedule.name}</Link> },
    {
      key: 'state',
      title: t('completeness'),
      cell: (row) => <Completeness isComplete={row.isComplete} missing={row.missingPolicyTypes} deletedAt={row.deletedAt} />,
    },
    { key: 'items', title: t('items'), align: 'end', cell: ({ itemCount }) => itemCount.toLocaleString(i18n.language) },
    { key: 'size', title: t('size'), align: 'end', cell: ({ payloadBytes }) => bytes(i18n.language, payloadBytes) },
    { key: 'changes', title: t('changes'), cell: (row) => <Changes row={row} at={at} /> },
    { key: 'verified', title: t('verified'), cell: (row) => <Soundness {...row} /> },
  ];
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        <Button weight="primary" isDisabled={pair === null} onPress={compare}>
          {t('compareChosen', { count: chosen.length })}
        </Button>
      }
    >
      <SetFilters />
      <Loaded query={query}>
        {({ tenant: found }) => (
          <Paged
            connection={found?.backupSets}
            label={t('title')}
            columns={columns}
            empty={
              count > 0 ? (
                <EmptyState icon={SearchX} title={t('noneMatch')}>
                  <Button onPress={clear}>{t('clearFilters')}</Button>
                </EmptyState>
              ) : (
                <EmptyState icon={Archive} title={t('none')}>
                  <p>{t('noneText')}</p>
                  <Link to={`${at}/schedules`}>{t('toSchedules')}</Link>
                </EmptyState>
              )
            }
          />
        )}
      </Loaded>
    </Page>
  );
}

/** What is new since the set before it, and the way to see it. */
function Changes({ row: { id, changes, previous }, at }: { row: Row; at: string }) {
  const { t } = useTranslation('sets');
  if (previous == null || changes == null) {
    return <span className="quiet">{t(previous == null ? 'firstSet' : 'changesUnknown')}</span>;
  }
  return (
    <span className="set-state">
      <ChangeCounts counts={changes} />
      <Link className="small" to={`${at}/compare?base=${previous.id}&target=${id}`} aria-label={t('compareWithPrevious')}>
        {t('compareRow')}
      </Link>
    </span>
  );
}
