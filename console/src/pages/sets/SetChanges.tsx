import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useTenant } from '../../tenant/tenant';
import { DataTable, type Column } from '../../ui/DataTable';
import { Panel } from '../../ui/Panel';
import { ChangeCounts } from '../../words/changes';
import { useKindName } from '../../words/kinds';
import type { BackupSet } from './Set';

type Row = NonNullable<BackupSet['changes']>['byPolicyType'][number];

/** As many kinds as can be read as a sentence. */
const NAMED = 6;

/** How a set differs from the one before it, kind by kind. */
export function SetChanges({ set }: { set: BackupSet }) {
  const { t, i18n } = useTranslation('sets');
  const { id: tenantId } = useTenant();
  const kindName = useKindName();
  const { changes, previous } = set;
  if (changes == null) {
    return (
      <Panel title={t('changes')}>
        <p className="quiet">{t('changesUnknownText')}</p>
      </Panel>
    );
  }
  const rows = changes.byPolicyType.filter((kind) => kind.addedCount + kind.changedCount + kind.removedCount > 0);
  const columns: Column<Row>[] = [
    {
      key: 'kind',
      title: t('kind'),
      heads: true,
      cell: ({ policyType, base }) =>
        base == null ? (
          kindName(policyType)
        ) : (
          <Link to={`/tenants/${tenantId}/compare?base=${base.id}&target=${set.id}&kinds=${policyType}`}>{kindName(policyType)}</Link>
        ),
    },
    { key: 'changes', title: t('changes'), cell: (kind) => <ChangeCounts counts={kind} /> },
    {
      key: 'assignments',
      title: t('assignmentsChanged'),
      align: 'end',
      cell: ({ assignmentsChangedCount }) => assignmentsChangedCount.toLocaleString(i18n.language),
    },
    { key: 'unchanged', title: t('unchanged'), align: 'end', cell: ({ unchangedCount }) => unchangedCount.toLocaleString(i18n.language) },
  ];
  const notCompared = changes.notComparedPolicyTypes;
  return (
    <Panel title={t('changes')} beside={<ChangeCounts counts={changes} />}>
      <div className="stack">
        {previous == null && <p className="quiet">{t('firstSetText')}</p>}
        {previous != null && rows.length === 0 && <p className="quiet">{t('nothingChanged', { count: changes.unchangedCount })}</p>}
        {rows.length > 0 && <DataTable label={t('changesByKind')} columns={columns} rows={rows} rowKey={({ policyType }) => policyType} />}
        {previous != null && notCompared.length > 0 && (
          <p className="quiet small" title={notCompared.map(kindName).join(', ')}>
            {t('notCompared', { kinds: notCompared.slice(0, NAMED).map(kindName).join(', ') })}
            {notCompared.length > NAMED && ` ${t('andMore', { count: notCompared.length - NAMED })}`}
          </p>
        )}
      </div>
    </Panel>
  );
}
