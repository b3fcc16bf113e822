import type { ReactNode } from 'react';
import type { TenantPermission } from '../gql/graphql';
import { FailureNote } from '../ui/FailureNote';
import { Page } from '../ui/Page';
import { useMay } from './tenant';

interface Props {
  needs: TenantPermission;
  /** The page's title, for those who may not see it. */
  title: string;
  children: ReactNode;
}

/** A page for those who may. Others are told so, and nothing is asked for that would be refused. */
export function Permitted({ needs, title, children }: Props) {
  const may = useMay();
  if (may(needs)) {
    return children;
  }
  return (
    <Page title={title}>
      <FailureNote failure={{ code: 'FORBIDDEN', message: '', requestId: null }} />
    </Page>
  );
}
