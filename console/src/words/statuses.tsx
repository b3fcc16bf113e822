/** States in the console's words. A state that a newer server adds is shown as another one. */

import { Ban, CalendarX2, CircleAlert, CircleCheck, CircleDashed, CircleMinus, CircleX, LoaderCircle, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { BackupKindStatus, BackupRunStatus, TenantConnectionStatus } from '../gql/graphql';
import { Badge, type Tone } from '../ui/Badge';

interface Look {
  tone: Tone;
  icon: LucideIcon;
}

const OTHER: Look = { tone: 'neutral', icon: CircleDashed };

const RUNS: Partial<Record<BackupRunStatus, Look>> = {
  QUEUED: { tone: 'active', icon: CircleDashed },
  RUNNING: { tone: 'active', icon: LoaderCircle },
  SUCCEEDED: { tone: 'good', icon: CircleCheck },
  PARTIAL: { tone: 'warning', icon: CircleAlert },
  FAILED: { tone: 'bad', icon: CircleX },
  CANCELLED: { tone: 'neutral', icon: Ban },
  SKIPPED: { tone: 'neutral', icon: CircleMinus },
  MISSED: { tone: 'warning', icon: CalendarX2 },
};

const KINDS: Partial<Record<BackupKindStatus, Look>> = {
  QUEUED: { tone: 'neutral', icon: CircleDashed },
  RUNNING: { tone: 'active', icon: LoaderCircle },
  SUCCEEDED: { tone: 'good', icon: CircleCheck },
  PARTIAL: { tone: 'warning', icon: CircleAlert },
  FAILED: { tone: 'bad', icon: CircleX },
  NOT_AVAILABLE: { tone: 'neutral', icon: CircleMinus },
  CANCELLED: { tone: 'neutral', icon: Ban },
};

const CONNECTIONS: Partial<Record<TenantConnectionStatus, Look>> = {
  CONNECTED: { tone: 'good', icon: CircleCheck },
  NOT_CONFIGURED: { tone: 'warning', icon: CircleDashed },
  PERMISSION_MISSING: { tone: 'warning', icon: CircleAlert },
  TOKEN_EXPIRED: { tone: 'bad', icon: CircleX },
  UNVERIFIED: { tone: 'neutral', icon: CircleDashed },
};

export function RunStatus({ status }: { status: BackupRunStatus }) {
  const { t } = useTranslation('words');
  return <Badge {...(RUNS[status] ?? OTHER)}>{t(`runStatus.${status}`, t('runStatus.unknown'))}</Badge>;
}

export function KindStatus({ status }: { status: BackupKindStatus }) {
  const { t } = useTranslation('words');
  return <Badge {...(KINDS[status] ?? OTHER)}>{t(`kindStatus.${status}`, t('kindStatus.unknown'))}</Badge>;
}

export function ConnectionStatus({ status }: { status: TenantConnectionStatus }) {
  const { t } = useTranslation('words');
  return <Badge {...(CONNECTIONS[status] ?? OTHER)}>{t(`connection.${status}`, t('connection.unknown'))}</Badge>;
}

export function isActive(status: BackupRunStatus): boolean {
  return status === 'QUEUED' || status === 'RUNNING';
}
