import type { Notification } from './documents';

/** Where a notification leads; null when what it was about is gone. */
export function placeOf({ kind, subject, tenant }: Notification): string | null {
  const home = `/tenants/${tenant.id}`;
  switch (subject?.__typename) {
    case 'BackupScheduleRun':
      return `${home}/runs/${subject.id}`;
    case 'BackupSchedule':
      // A deleted schedule has no page; its runs are still listed.
      return subject.deletedAt == null ? `${home}/schedules/${subject.id}` : `${home}/runs`;
    case 'Tenant': {
      if (kind === 'RUN_MISSED') {
        return `${home}/runs?status=MISSED`;
      }
      const isOfCredential = kind === 'CREDENTIAL_EXPIRING' && tenant.viewerPermissions.includes('MANAGE_CREDENTIALS');
      return isOfCredential ? `${home}/credential` : home;
    }
    case undefined:
      return null;
  }
}
