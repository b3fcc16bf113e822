import { History } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { compareAddress } from '../../tenant/compareAddress';
import { useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { Badge } from '../../ui/Badge';
import { Button } from '../../ui/Button';
import { DataTable, type Column } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Checkbox } from '../../ui/fields';
import { Pager } from '../../ui/Pager';
import { Panel } from '../../ui/Panel';
import type { ShownPolicy } from './Policy';

type Version = ShownPolicy['versions']['nodes'][number];

/** What a policy has been, as far as the backup sets tell. */
export function Versions({ policy }: { policy: ShownPolicy }) {
  const { t } = useTranslation('policies');
  const { id: tenantId } = useTenant();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<readonly Version[]>([]);
  const { nodes, pageInfo, totalCount } = policy.versions;
  const compared = { policyType: policy.type, policyGraphId: policy.graphId };
  const between = (older: Version, newer: Version) =>
    compareAddress(tenantId, older.lastBackupSet.id, newer.firstBackupSet.id, compared);
  // The third choice replaces the first: there are always at most two.
  const choose = (version: Version, isChosen: boolean) =>
    setChosen(isChosen ? [...chosen, version].slice(-2) : chosen.filter(({ stateHash }) => stateHash !== version.stateHash));
  const compare = () => {
    const [older, newer] = [...chosen].sort((one, other) => (one.firstBackupSet.createdAt < other.firstBackupSet.createdAt ? -1 : 1));
    return older !== undefined && newer !== undefined && navigate(between(older, newer));
  };
  const setLink = (name: string, { id, createdAt }: Version['firstBackupSet']) => (
    <span>
      <span className="quiet small">{name}</span>{' '}
      <Link to={`/tenants/${tenantId}/sets/${id}`}>
        <Moment instant={createdAt} as="exact" />
      </Link>
    </span>
  );
  const columns: Column<Version>[] = [
    {
      key: 'choose',
      title: t('choose'),
      cell: (version) => (
        <Checkbox
          isSelected={chosen.some(({ stateHash }) => stateHash === version.stateHash)}
          onChange={(isChosen) => choose(version, isChosen)}
        >
          <span className="visually-hidden">
            {t('chooseVersion')} <Moment instant={version.firstBackupSet.createdAt} as="exact" />
          </span>
        </Checkbox>
      ),
    },
    {
      key: 'version',
      title: t('version'),
      heads: true,
      cell: ({ item, firstBackupSet }) => <Link to={`/tenants/${tenantId}/sets/${firstBackupSet.id}/items/${item.id}`}>{item.name}</Link>,
    },
    {
      key: 'sets',
      title: t('sets'),
      cell: ({ firstBackupSet, lastBackupSet, backupSetCount }) => (
        <span className="policy-sets">
          {setLink(t('firstSet'), firstBackupSet)}
          {lastBackupSet.id !== firstBackupSet.id && setLink(t('lastSet'), lastBackupSet)}
          <span className="quiet small">{t('inSets', { count: backupSetCount })}</span>
        </span>
      ),
    },
    {
      key: 'by',
      title: t('changedBy'),
      cell: ({ lastChange, changesAssignmentsOnly }) => (
        <span className="policy-state">
          {lastChange == null ? (
            <span className="quiet">{t('changerUnknown')}</span>
          ) : (
            <span>
              {lastChange.actorName} <span className="quiet">·</span> <Moment instant={lastChange.occurredAt} />
            </span>
          )}
          {changesAssignmentsOnly && <Badge tone="active">{t('assignmentsOnly')}</Badge>}
        </span>
      ),
    },
    {
      key: 'compare',
      title: t('compare'),
      cell: (version) => {
        const older = nodes[nodes.indexOf(version) + 1];
        return older === undefined ? (
          <span className="quiet">{t(pageInfo.hasNextPage ? 'onNextPage' : 'oldest')}</span>
        ) : (
          <Link to={between(older, version)}>{t('compareWithPrevious')}</Link>
        );
      },
    },
  ];
  return (
    <Panel
      title={t('history')}
      beside={
        totalCount > 1 && (
          <Button size="small" isDisabled={chosen.length !== 2} onPress={compare}>
            {t('compareChosen', { count: chosen.length })}
          </Button>
        )
      }
    >
      {nodes.length === 0 ? (
        <EmptyState icon={History} title={t('noVersions')}>
          <p>{t('noVersionsText')}</p>
        </EmptyState>
      ) : (
        <>
          <DataTable label={t('history')} columns={columns} rows={nodes} rowKey={({ stateHash }) => stateHash} />
          <Pager pageInfo={pageInfo} total={totalCount} />
        </>
      )}
    </Panel>
  );
}
