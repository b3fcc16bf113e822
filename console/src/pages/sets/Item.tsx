import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useQuery } from 'urql';
import type { ItemQuery } from '../../gql/graphql';
import { compareAddress } from '../../tenant/compareAddress';
import { useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { LinkButton } from '../../ui/Button';
import { OneObject } from '../../tenant/OneObject';
import { Page } from '../../ui/Page';
import { useKindName } from '../../words/kinds';
import { ItemContent } from './ItemContent';
import { ITEM } from './itemDocuments';
import { ItemFacts } from './ItemFacts';
import './sets.css';

export type BackupItem = Extract<NonNullable<ItemQuery['node']>, { policyGraphId: string }>;

export default function Item() {
  const { itemId = '' } = useParams();
  const query = useQuery({ query: ITEM, variables: { id: itemId } });
  return (
    <OneObject query={query} one={({ node }) => (node != null && 'policyGraphId' in node ? { tenant: node.backupSet.tenant, item: node } : null)}>
      {({ item }) => <Shown key={item.id} item={item} />}
    </OneObject>
  );
}

/** The last set with the version before this one; of a policy without a history, the set before. */
function setBefore({ backupSet, policy, stateHash }: BackupItem): string | undefined {
  const versions = policy?.versions.nodes ?? [];
  const own = versions.findIndex((version) => version.stateHash === stateHash);
  if (own < 0) {
    return backupSet.previous?.id;
  }
  return versions.slice(own + 1).find((version) => version.lastBackupSet.createdAt < backupSet.createdAt)?.lastBackupSet.id;
}

function Shown({ item }: { item: BackupItem }) {
  const { t } = useTranslation('sets');
  const { id: tenantId } = useTenant();
  const kindName = useKindName();
  const before = setBefore(item);
  return (
    <Page
      title={item.name}
      lead={
        <>
          {kindName(item.policyType)} · {t('inSet')}{' '}
          <Link to={`/tenants/${tenantId}/sets/${item.backupSet.id}`}>
            <Moment instant={item.backupSet.createdAt} as="exact" />
          </Link>
        </>
      }
      actions={
        <>
          {before !== undefined && (
            <LinkButton to={compareAddress(tenantId, before, item.backupSet.id, item)}>{t('compareVersion')}</LinkButton>
          )}
          {item.policy != null && <LinkButton to={`/tenants/${tenantId}/policies/${item.policy.id}`}>{t('history')}</LinkButton>}
        </>
      }
    >
      <div className="stack">
        <ItemFacts item={item} />
        <ItemContent item={item} />
      </div>
    </Page>
  );
}
