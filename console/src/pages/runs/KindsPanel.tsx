import { useTranslation } from 'react-i18next';
import { DataTable, type Column } from '../../ui/DataTable';
import { Panel } from '../../ui/Panel';
import { useKindName } from '../../words/kinds';
import { awaitsAttempt } from '../../words/runs';
import { isActive, KindStatus } from '../../words/statuses';
import { KindDetail } from './KindDetail';
import type { KindResult, ShownRun } from './run';

function useColumns(): Column<KindResult>[] {
  const { t, i18n } = useTranslation('runs');
  const kindName = useKindName();
  const number = (value: number | null | undefined) => (value == null ? '–' : value.toLocaleString(i18n.language));
  return [
    { key: 'kind', title: t('kind'), heads: true, cell: ({ policyType }) => kindName(policyType) },
    { key: 'state', title: t('state'), cell: ({ status }) => <KindStatus status={status} /> },
    { key: 'listed', title: t('listed'), align: 'end', cell: ({ listedPolicyCount }) => number(listedPolicyCount) },
    { key: 'stored', title: t('stored'), align: 'end', cell: ({ itemCount }) => number(itemCount) },
    { key: 'failed', title: t('failed'), align: 'end', cell: ({ failedPolicyCount }) => number(failedPolicyCount) },
  ];
}

/** How completely each kind was backed up. What needs looking at comes first. */
export function KindsPanel({ run }: { run: ShownRun }) {
  const { t } = useTranslation(['runs', 'words']);
  const columns = useColumns();
  const results = run.policyTypeResults;
  const isBad = ({ status }: KindResult) => status === 'FAILED' || status === 'PARTIAL';
  const isBetween = awaitsAttempt(run);
  const title = t(isBetween && results.length > 0 ? 'kindsOfLast' : 'kinds');
  const rows = isActive(run.status) && !isBetween ? results : [...results.filter(isBad), ...results.filter((row) => !isBad(row))];
  const complete = results.filter(({ status }) => status === 'SUCCEEDED').length;
  return (
    <Panel
      title={title}
      beside={
        <span className="quiet">
          {results.length === 0
            ? t('words:kinds', { count: run.policyTypes.length })
            : t('complete', { complete, all: results.length })}
        </span>
      }
    >
      {rows.length === 0 ? (
        <p className="quiet">{t(isActive(run.status) ? 'notListedYet' : 'neverListed')}</p>
      ) : (
        <div className="run-kinds">
          <DataTable
            label={title}
            columns={columns}
            rows={rows}
            rowKey={({ policyType }) => policyType}
            detail={(row) => <KindDetail runId={run.id} result={row} />}
          />
        </div>
      )}
    </Panel>
  );
}
