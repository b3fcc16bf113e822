import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import type { PolicyChangesQuery, PolicyType } from '../../gql/graphql';
import { ChangesTable } from '../../json/ChangesTable';
import { Moment } from '../../time/Moment';
import { Loaded } from '../../ui/Loaded';
import { Skeleton } from '../../ui/Skeleton';
import { Tabbed } from '../../ui/Tabbed';
import { DiffKindBadge } from '../../words/changes';
import { CHANGES } from './documents';

const RawDiff = lazy(async () => ({ default: (await import('../../json/RawDiff')).RawDiff }));

/** The longest text that can be searched for. */
const SEARCHED = 120;

export interface Side {
  label: string;
  text: string;
}

interface Props {
  base: string;
  target: string;
  name: string;
  policyType: PolicyType;
  policyGraphId: string;
  before: Side;
  after: Side;
}

type Diff = NonNullable<PolicyChangesQuery['backupSetDiff']>;
type Found = Diff['entries']['nodes'][number];

/** How a policy differs: setting by setting, and as raw JSON. */
export function Differences({ base, target, name, policyType, policyGraphId, before, after }: Props) {
  const { t } = useTranslation('compare');
  const search = name.trim().slice(0, SEARCHED).trim();
  const query = useQuery({
    query: CHANGES,
    variables: { base, target, filter: { policyTypes: [policyType], ...(search !== '' && { search }) } },
  });
  const raw = (
    <Suspense fallback={<Skeleton lines={12} />}>
      <RawDiff before={before} after={after} />
    </Suspense>
  );
  const bySetting = (
    <Loaded query={query}>
      {({ backupSetDiff: diff }) =>
        diff != null && (
          <BySetting
            isCompared={!diff.notComparedPolicyTypes.includes(policyType)}
            entry={diff.entries.nodes.find((one) => one.policyGraphId === policyGraphId)}
          />
        )
      }
    </Loaded>
  );
  return (
    <Tabbed
      label={t('views')}
      name="view"
      tabs={[
        { id: 'settings', title: t('bySetting'), content: bySetting },
        { id: 'raw', title: t('sideBySide'), content: raw },
      ]}
    />
  );
}

function BySetting({ isCompared, entry }: { isCompared: boolean; entry: Found | undefined }) {
  const { t } = useTranslation('compare');
  if (entry === undefined) {
    return <p className="quiet">{t(isCompared ? 'unchangedPolicy' : 'kindNotCompared')}</p>;
  }
  const { kind, lastChange, changes, isTruncated, unavailableReason } = entry;
  return (
    <div className="stack">
      <p className="actions">
        <DiffKindBadge kind={kind} />
        {lastChange != null && (
          <span>
            {t('by', { name: lastChange.actorName })} (<span lang="en">{lastChange.operation}</span>),{' '}
            <Moment instant={lastChange.occurredAt} as="both" />
          </span>
        )}
      </p>
      {kind === 'ADDED' && <p className="quiet">{t('addedText')}</p>}
      {kind === 'REMOVED' && <p className="quiet">{t('removedText')}</p>}
      {unavailableReason != null && (
        <p className="note note-warning">{t(`unavailable.${unavailableReason}`, t('unavailable.unknown'))}</p>
      )}
      {isTruncated && unavailableReason == null && <p className="note note-warning">{t('truncated', { count: changes.length })}</p>}
      {changes.length > 0 && <ChangesTable label={t('bySetting')} changes={changes} />}
    </div>
  );
}
