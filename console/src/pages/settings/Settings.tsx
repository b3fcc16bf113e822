import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { graphql } from '../../gql';
import { useMay, useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { CopyButton } from '../../ui/CopyButton';
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

function Copied({ text, label }: { text: string; label: string }) {
  return (
    <span className="copied">
      <code>{text}</code>
      <CopyButton label={label} text={text} />
    </span>
  );
}

/** Texts with white space or signs as a shell takes them for one word. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** What is set of a tenant itself, and what is not for the console to do. */
export default function Settings() {
  const { t } = useTranslation(['settings', 'common']);
  const { id, name } = useTenant();
  const may = useMay();
  const cloudName = useCloudName();
  const query = useQuery({ query: SETTINGS, variables: { tenantId: id } });
  const command = `tenantatlas tenant delete ${id} --yes ${quoted(name)}`;
  return (
    <Page title={t('common:nav.settings')}>
      <div className="stack">
        <Panel title={t('rename')}>{may('MANAGE_TENANT') ? <RenameForm /> : <p>{t('renameNotAllowed')}</p>}</Panel>
        <Panel title={t('facts')}>
          <Loaded query={query} skeleton={<Skeleton lines={3} />}>
            {({ tenant }) =>
              tenant != null && (
                <Facts
                  facts={[
                    [t('entraId'), <Copied key="entra" text={tenant.entraTenantId} label={t('copyEntraId')} />],
                    [t('id'), <Copied key="id" text={tenant.id} label={t('copyId')} />],
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
            <Copied text={command} label={t('copyCommand')} />
          </div>
        </Panel>
      </div>
    </Page>
  );
}
