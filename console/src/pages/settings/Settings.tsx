import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { graphql } from '../../gql';
import { Permitted } from '../../tenant/Permitted';
import { useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { Copyable } from '../../ui/Copyable';
import { Facts } from '../../ui/Facts';
import { Loaded } from '../../ui/Loaded';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Skeleton } from '../../ui/Skeleton';
import { useCloudName } from '../../words/clouds';
import { RenameForm } from './RenameForm';
import './settings.css';

const SETTINGS = graphql(`
  query TenantSettings($tenantId: ID!) {
    tenant(id: $tenantId) {
      id
      name
      entraTenantId
      cloud
      createdAt
      updatedAt
    }
  }
`);

/** Texts with white space or signs as a shell takes them for one word. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function SettingsOfTenant() {
  const { t } = useTranslation(['settings', 'common']);
  const { id, name } = useTenant();
  const cloudName = useCloudName();
  const query = useQuery({ query: SETTINGS, variables: { tenantId: id } });
  const command = `tenantatlas tenant delete ${id} --yes ${quoted(name)}`;
  return (
    <Page title={t('common:nav.settings')}>
      <div className="stack">
        <Panel title={t('rename')}>
          <RenameForm />
        </Panel>
        <Panel title={t('facts')}>
          <Loaded query={query} skeleton={<Skeleton lines={3} />}>
            {({ tenant }) =>
              tenant != null && (
                <Facts
                  facts={[
                    [t('entraId'), <Copyable key="entra" text={tenant.entraTenantId} label={t('copyEntraId')} />],
                    [t('id'), <Copyable key="id" text={tenant.id} label={t('copyId')} />],
                    [t('cloud'), cloudName(tenant.cloud)],
                    [t('created'), <Moment key="created" instant={tenant.createdAt} as="both" />],
                    [t('updated'), <Moment key="updated" instant={tenant.updatedAt} as="both" />],
                  ]}
                />
              )
            }
          </Loaded>
        </Panel>
        <Panel title={t('deletion')}>
          <div className="deletion">
            <p>{t('deletionText')}</p>
            <p>{t('deletionCommand')}</p>
            <Copyable text={command} label={t('copyCommand')} />
          </div>
        </Panel>
      </div>
    </Page>
  );
}

/** What is set of a tenant itself, and what is not for the console to do. */
export default function Settings() {
  const { t } = useTranslation();
  return (
    <Permitted needs="MANAGE_TENANT" title={t('nav.settings')}>
      <SettingsOfTenant />
    </Permitted>
  );
}
