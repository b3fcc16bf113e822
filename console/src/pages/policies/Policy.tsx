import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useQuery } from 'urql';
import type { PolicyQuery } from '../../gql/graphql';
import { useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { OneObject } from '../../tenant/OneObject';
import { Badge } from '../../ui/Badge';
import { Copyable } from '../../ui/Copyable';
import { Facts } from '../../ui/Facts';
import { Page } from '../../ui/Page';
import { usePage } from '../../ui/Pager';
import { Panel } from '../../ui/Panel';
import { useKindName } from '../../words/kinds';
import { POLICY } from './documents';
import './policies.css';
import { Versions } from './Versions';

export type ShownPolicy = NonNullable<PolicyQuery['policy']>;

export default function Policy() {
  const { policyId = '' } = useParams();
  const query = useQuery({ query: POLICY, variables: { id: policyId, ...usePage() } });
  return (
    <OneObject query={query} one={({ policy }) => policy}>
      {(policy) => <Shown key={policy.id} policy={policy} />}
    </OneObject>
  );
}

function Shown({ policy }: { policy: ShownPolicy }) {
  const { t } = useTranslation('policies');
  const { id: tenantId } = useTenant();
  const kindName = useKindName();
  const latest = policy.latestBackupItem;
  return (
    <Page
      title={policy.name}
      beside={policy.missingSince == null ? undefined : <Badge tone="warning">{t('missing')}</Badge>}
      lead={policy.description ?? kindName(policy.type)}
    >
      <div className="stack">
        <Panel title={t('facts')}>
          <Facts
            facts={[
              [t('kind'), kindName(policy.type)],
              [t('createdAt'), <Moment key="created" instant={policy.graphCreatedAt} as="both" absent={t('notTold')} />],
              [t('modified'), <Moment key="modified" instant={policy.graphModifiedAt} as="both" absent={t('notTold')} />],
              [t('lastSeen'), <Moment key="seen" instant={policy.lastSeenAt} as="both" />],
              ...(policy.missingSince == null
                ? []
                : [[t('missingSince'), <Moment key="missing" instant={policy.missingSince} as="both" />] as const]),
              [
                t('latest'),
                latest == null ? (
                  t('never')
                ) : (
                  <Link key="latest" to={`/tenants/${tenantId}/sets/${latest.backupSet.id}/items/${latest.id}`}>
                    {t('toLatest')}
                  </Link>
                ),
              ],
              [
                t('graphId'),
                <Copyable key="id" label={t('copyGraphId')} text={policy.graphId} />,
              ],
            ]}
          />
        </Panel>
        <Versions policy={policy} />
      </div>
    </Page>
  );
}
