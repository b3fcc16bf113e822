import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useTenant } from '../../tenant/tenant';
import type { Entry } from './documents';

const PAGES: Partial<Record<string, (id: string) => string>> = {
  Tenant: () => '',
  BackupSchedule: (id) => `/schedules/${id}`,
  BackupScheduleRun: (id) => `/runs/${id}`,
  BackupSet: (id) => `/sets/${id}`,
  TenantMember: () => '/members',
  ApiToken: () => '/tokens',
};

/** What something was done to: what it is, its name at that time, and the way to it while it exists. */
export function TargetLink({ entry: { target, targetName } }: { entry: Entry }) {
  const { t } = useTranslation('audit');
  const { id } = useTenant();
  if (target == null) {
    return targetName == null ? <span className="quiet">–</span> : <span>{targetName}</span>;
  }
  const kind = t(`target.${target.__typename}`, { defaultValue: target.__typename });
  const page = PAGES[target.__typename];
  const name = targetName ?? kind;
  return (
    <span className="audit-target">
      {page === undefined ? name : <Link to={`/tenants/${id}${page(target.id)}`}>{name}</Link>}
      {targetName != null && <span className="quiet small">{kind}</span>}
    </span>
  );
}
