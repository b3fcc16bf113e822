import { useTranslation } from 'react-i18next';
import { Link, Outlet, useParams } from 'react-router';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import { TenantZone } from '../time/Moment';
import { Missing } from '../ui/Missing';
import { Page } from '../ui/Page';
import { TenantContext, type Tenant } from './tenant';
import { TenantNav } from './TenantNav';
import { useRunEvents } from './useRunEvents';

const SHELL = graphql(`
  query TenantShell($id: ID!) {
    tenant(id: $id) {
      id
      name
      entraTenantId
      cloud
      connectionStatus
      viewerRole
      viewerPermissions
      backupSchedules(first: 1) {
        nodes {
          id
          recurrence {
            timeZone
          }
        }
      }
    }
  }
`);

function Inside({ tenant }: { tenant: Tenant }) {
  useRunEvents(tenant.id);
  return (
    <TenantContext value={tenant}>
      <TenantZone value={tenant.backupSchedules.nodes[0]?.recurrence.timeZone ?? null}>
        <TenantNav tenant={tenant} />
        <main id="content" className="content">
          <Outlet />
        </main>
      </TenantZone>
    </TenantContext>
  );
}

/** What all pages of a tenant share: its name, its pages, and the events of its runs. */
export function TenantShell() {
  const { t } = useTranslation();
  const { tenantId = '' } = useParams();
  const query = useQuery({ query: SHELL, variables: { id: tenantId } });
  const [{ data, error }] = query;
  // What fails later is told by the page inside, which asks the same server for more.
  if (data?.tenant != null) {
    return <Inside key={data.tenant.id} tenant={data.tenant} />;
  }
  if (data !== undefined || error !== undefined) {
    return (
      <main id="content" className="content">
        <Page title={t('nav.noTenant')}>
          <Missing query={query} />
          <p>
            <Link to="/">{t('notFound.action')}</Link>
          </p>
        </Page>
      </main>
    );
  }
  return <main id="content" className="content" aria-busy aria-label={t('loading')} />;
}
