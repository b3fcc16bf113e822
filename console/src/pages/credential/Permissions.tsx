import { CircleCheck, CircleDashed, CircleX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { PolicyType } from '../../gql/graphql';
import { useTenant } from '../../tenant/tenant';
import { Badge } from '../../ui/Badge';
import { CopyButton } from '../../ui/CopyButton';
import { DataTable, type Column } from '../../ui/DataTable';
import { Panel } from '../../ui/Panel';
import { Skeleton } from '../../ui/Skeleton';
import { useKinds } from '../../words/kinds';
import type { Stored } from './documents';
import { KindList } from './KindList';
import { neededFor, type Needed } from './permissions';

interface Props {
  /** The kinds of all schedules. */
  types: ReadonlySet<PolicyType>;
  stored: Stored | null;
}

/** What the app registration has to be granted for what the schedules back up. */
export function Permissions({ types, stored }: Props) {
  const { t } = useTranslation('credential');
  const { id } = useTenant();
  const kinds = useKinds();
  const needed = neededFor(types, kinds);
  // A sign-in that failed tells of no permission, whether granted or missing.
  const isTold = stored !== null && (stored.status === 'CONNECTED' || stored.status === 'PERMISSION_MISSING');
  const state = (permission: string) => {
    if (!isTold) {
      return <Badge tone="neutral" icon={CircleDashed}>{t('permission.unknown')}</Badge>;
    }
    return stored.missingPermissions.includes(permission) ? (
      <Badge tone="bad" icon={CircleX}>{t('permission.missing')}</Badge>
    ) : (
      <Badge tone="good" icon={CircleCheck}>{t('permission.granted')}</Badge>
    );
  };
  const columns: Column<Needed>[] = [
    {
      key: 'permission',
      title: t('permission.name'),
      heads: true,
      cell: ({ permission }) => (
        <span className="permission">
          <code>{permission}</code>
          <CopyButton label={t('copyPermission', { permission })} text={permission} />
        </span>
      ),
    },
    {
      key: 'kinds',
      title: t('permission.for'),
      cell: ({ kinds: those }) => <KindList kinds={those} />,
    },
    { key: 'state', title: t('permission.state'), cell: ({ permission }) => state(permission) },
  ];
  return (
    <Panel
      title={t('permission.title')}
      beside={needed.length > 0 && <CopyButton label={t('permission.copyAll')} text={needed.map(({ permission }) => permission).join('\n')} />}
    >
      {types.size > 0 && kinds.length === 0 ? (
        <Skeleton lines={6} />
      ) : needed.length === 0 ? (
        <p>
          {t('permission.none')} <Link to={`/tenants/${id}/schedules/new`}>{t('permission.toSchedule')}</Link>
        </p>
      ) : (
        <div className="stack">
          <p className="quiet">{t('permission.text')}</p>
          <DataTable label={t('permission.title')} columns={columns} rows={needed} rowKey={({ permission }) => permission} />
        </div>
      )}
    </Panel>
  );
}
