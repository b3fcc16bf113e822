import { useTranslation } from 'react-i18next';
import type { BackupItemPart, DiffKind } from '../gql/graphql';
import { DataTable, type Column } from '../ui/DataTable';
import { DiffKindBadge } from '../words/changes';
import { ChangedValue } from './ChangedValue';
import './json.css';
import type { Json } from './value';

interface Change {
  part: BackupItemPart;
  path: string;
  label?: string | null;
  kind: DiffKind;
  before?: unknown;
  after?: unknown;
}

interface Props {
  label: string;
  changes: readonly Change[];
}

/** What changed in a policy, setting by setting. */
export function ChangesTable({ label, changes }: Props) {
  const { t } = useTranslation('json');
  const columns: Column<Change>[] = [
    {
      key: 'setting',
      title: t('setting'),
      heads: true,
      cell: ({ label: words, path, part }) => (
        <span className="change-setting">
          <span lang={words == null ? undefined : 'en'}>{words ?? t(`part.${part}`, t('part.unknown'))}</span>
          {path !== '' && <code className="quiet">{path}</code>}
        </span>
      ),
    },
    { key: 'part', title: t('partTitle'), cell: ({ part }) => <span className="change-part">{t(`part.${part}`, t('part.unknown'))}</span> },
    { key: 'kind', title: t('kind'), cell: ({ kind }) => <DiffKindBadge kind={kind} /> },
    {
      key: 'before',
      title: t('before'),
      cell: ({ kind, before }) => (kind === 'ADDED' ? <span className="quiet">–</span> : <ChangedValue value={before as Json} />),
    },
    {
      key: 'after',
      title: t('after'),
      cell: ({ kind, after }) => (kind === 'REMOVED' ? <span className="quiet">–</span> : <ChangedValue value={after as Json} />),
    },
  ];
  return <DataTable label={label} columns={columns} rows={changes} rowKey={({ part, path, kind }) => `${part} ${path} ${kind}`} />;
}
