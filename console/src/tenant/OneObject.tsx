import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useLocation } from 'react-router';
import { Loaded, type Query } from '../ui/Loaded';
import { Missing } from '../ui/Missing';
import { Page } from '../ui/Page';
import { useTenant } from './tenant';

interface Owned {
  tenant: { id: string };
}

/**
 * What is shown of an object, at the address of its own tenant: an address that names another one
 * would show it under that one's name, and offer what the caller may do there.
 */
function OfItsTenant({ id, children }: { id: string; children: ReactNode }) {
  const tenant = useTenant();
  const { pathname, search } = useLocation();
  if (id === tenant.id) {
    return children;
  }
  return <Navigate replace to={pathname.replace(tenant.id, id) + search} />;
}

interface Props<Data, One extends Owned> {
  query: Query<Data>;
  one: (data: Data) => One | null | undefined;
  skeleton?: ReactNode;
  children: (one: One) => ReactNode;
}

/** The one object that a page is about, or a page that says why it is not there. */
export function OneObject<Data, One extends Owned>({ query, one, skeleton, children }: Props<Data, One>) {
  const { t } = useTranslation();
  const { id } = useTenant();
  const [{ data, error }] = query;
  const found = data == null ? undefined : one(data);
  if (found == null && (data !== undefined || error !== undefined)) {
    return (
      <Page title={t('notShown')}>
        <Missing query={query} />
        <p>
          <Link to={`/tenants/${id}`}>{t('toDashboard')}</Link>
        </p>
      </Page>
    );
  }
  return (
    <Loaded query={query} skeleton={skeleton}>
      {() => found != null && <OfItsTenant id={found.tenant.id}>{children(found)}</OfItsTenant>}
    </Loaded>
  );
}
