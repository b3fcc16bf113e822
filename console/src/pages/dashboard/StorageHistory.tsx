import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { graphql } from '../../gql';
import type { StorageHistoryQuery } from '../../gql/graphql';
import { useTenant } from '../../tenant/tenant';
import { day as dayName } from '../../time/formats';
import { bytes } from '../../ui/bytes';
import { DataTable, type Column } from '../../ui/DataTable';
import { Loaded } from '../../ui/Loaded';
import { Panel } from '../../ui/Panel';

const STORAGE = graphql(`
  query StorageHistory($tenantId: ID!) {
    tenant(id: $tenantId) {
      id
      storageHistory(days: 90) {
        date
        storedBytes
        logicalBytes
      }
    }
  }
`);

export type StorageDay = NonNullable<StorageHistoryQuery['tenant']>['storageHistory'][number];

const StorageCurve = lazy(async () => ({ default: (await import('./StorageCurve')).StorageCurve }));

/** From the day before anything was stored, so that the curve shows its beginning. */
function sinceFirst(days: readonly StorageDay[]): StorageDay[] {
  const first = days.findIndex(({ storedBytes }) => storedBytes !== '0');
  return first === -1 ? [] : days.slice(Math.max(0, first - 1));
}

function useColumns(): Column<StorageDay>[] {
  const { t, i18n } = useTranslation('dashboard');
  return [
    { key: 'date', title: t('storage.day'), heads: true, cell: ({ date }) => dayName(i18n.language, date) },
    { key: 'stored', title: t('storage.stored'), align: 'end', cell: ({ storedBytes }) => bytes(i18n.language, storedBytes) },
    { key: 'logical', title: t('storage.logical'), align: 'end', cell: ({ logicalBytes }) => bytes(i18n.language, logicalBytes) },
  ];
}

/** Fewer days than these make a spike, which says less than the sizes above it. */
const LEAST = 2;

function Curve({ days, last }: { days: readonly StorageDay[]; last: StorageDay }) {
  const { t, i18n } = useTranslation('dashboard');
  const [isOpen, setOpen] = useState(false);
  const columns = useColumns();
  const held = days.filter(({ storedBytes }) => storedBytes !== '0');
  const summary = t('storage.summary', {
    stored: bytes(i18n.language, last.storedBytes),
    logical: bytes(i18n.language, last.logicalBytes),
  });
  return (
    <figure className="storage">
      <figcaption className="quiet small">{summary}</figcaption>
      {held.length < LEAST ? (
        <p className="quiet small">{t('storage.tooFew')}</p>
      ) : (
        <Suspense fallback={<span className="skeleton-line history-outline" aria-hidden />}>
          <StorageCurve days={days} label={summary} />
        </Suspense>
      )}
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="small">{t('storage.asTable')}</summary>
        {isOpen && <DataTable label={t('storage.title')} columns={columns} rows={days.toReversed()} rowKey={({ date }) => date} />}
      </details>
    </figure>
  );
}

/** What the backups of the last 90 days take. */
export function StorageHistory() {
  const { t } = useTranslation('dashboard');
  const { id } = useTenant();
  const query = useQuery({ query: STORAGE, variables: { tenantId: id } });
  return (
    <Panel title={t('storage.title')}>
      <Loaded query={query} skeleton={<span className="skeleton-line history-outline" aria-hidden />}>
        {({ tenant }) => {
          const days = sinceFirst(tenant?.storageHistory ?? []);
          const last = days.at(-1);
          return last === undefined ? <p className="quiet">{t('storage.none')}</p> : <Curve days={days} last={last} />;
        }}
      </Loaded>
    </Panel>
  );
}
