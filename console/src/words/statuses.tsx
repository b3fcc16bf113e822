/** States in the console's words. A state that a newer server adds is shown as another one. */

import { useTranslation } from 'react-i18next';
import type { BackupKindStatus, BackupRunStatus, TenantConnectionStatus } from '../gql/graphql';
import { Badge } from '../ui/Badge';
import { lookOf } from './looks';

export function RunStatus({ status }: { status: BackupRunStatus }) {
  const { t } = useTranslation('words');
  return <Badge {...lookOf('run', status)}>{t(`runStatus.${status}`, t('runStatus.unknown'))}</Badge>;
}

export function KindStatus({ status }: { status: BackupKindStatus }) {
  const { t } = useTranslation('words');
  return <Badge {...lookOf('kind', status)}>{t(`kindStatus.${status}`, t('kindStatus.unknown'))}</Badge>;
}

export function ConnectionStatus({ status }: { status: TenantConnectionStatus }) {
  const { t } = useTranslation('words');
  return <Badge {...lookOf('connection', status)}>{t(`connection.${status}`, t('connection.unknown'))}</Badge>;
}

export function isActive(status: BackupRunStatus): boolean {
  return status === 'QUEUED' || status === 'RUNNING';
}
