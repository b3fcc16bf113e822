import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import type { BackupSetDiffFilter, DiffQuery } from '../../gql/graphql';
import { entryOf } from '../../tenant/compareAddress';
import { Loaded } from '../../ui/Loaded';
import { usePage } from '../../ui/Pager';
import { useFilters } from '../../ui/useFilters';
import { DIFF_KINDS } from '../../words/changes';
import { useKindName, useKinds } from '../../words/kinds';
import { DIFF } from './documents';
import { Entry } from './Entry';
import { EntryList } from './EntryList';

export type Diff = NonNullable<DiffQuery['backupSetDiff']>;

/** As many kinds as can be read as a sentence. */
const NAMED = 6;

interface Props {
  base: string;
  target: string;
}

export function Comparison({ base, target }: Props) {
  const { one, many } = useFilters();
  const kinds = useKinds().map(({ type }) => type);
  const policyTypes = many('kinds', kinds);
  const changes = many('changes', DIFF_KINDS);
  const search = one('search')?.trim() ?? '';
  const filter: BackupSetDiffFilter = {
    ...(policyTypes.length > 0 && { policyTypes }),
    ...(changes.length > 0 && { kinds: changes }),
    ...(search !== '' && { search }),
  };
  const query = useQuery({
    query: DIFF,
    variables: { base, target, filter, ...usePage() },
    // The kinds that the address names are not known before the catalog is there.
    pause: one('kinds') !== null && kinds.length === 0,
  });
  const opened = one('entry');
  return (
    <>
      {opened !== null && (
        <Entry
          key={`${base} ${target} ${opened}`}
          base={base}
          target={target}
          opened={opened}
          listed={(query[0].data?.backupSetDiff?.entries.nodes ?? []).map(entryOf)}
        />
      )}
      {opened === null && (
        <Loaded query={query}>
          {({ backupSetDiff: diff }) =>
            diff != null && (
              <>
                <Summary diff={diff} />
                <EntryList diff={diff} isFiltered={Object.keys(filter).length > 0} />
              </>
            )
          }
        </Loaded>
      )}
    </>
  );
}

/** The counts, and what they do not count. */
function Summary({ diff }: { diff: Diff }) {
  const { t, i18n } = useTranslation('compare');
  const kindName = useKindName();
  const counts = [
    ['added', diff.addedCount],
    ['changed', diff.changedCount],
    ['removed', diff.removedCount],
    ['unchanged', diff.unchangedCount],
  ] as const;
  const notCompared = diff.notComparedPolicyTypes.map(kindName);
  return (
    <>
      <dl className="tiles compare-counts">
        {counts.map(([name, count]) => (
          <div key={name} className="tile">
            <dt className="quiet">{t(`counts.${name}`)}</dt>
            <dd className={`tile-value change-${name}`}>{count.toLocaleString(i18n.language)}</dd>
          </div>
        ))}
      </dl>
      {diff.base.createdAt > diff.target.createdAt && <p className="note note-info">{t('backwards')}</p>}
      {notCompared.length > 0 && (
        <p className="note note-warning" title={notCompared.join(', ')}>
          <span>
            {t('notCompared', { kinds: notCompared.slice(0, NAMED).join(', ') })}
            {notCompared.length > NAMED && ` ${t('andMore', { count: notCompared.length - NAMED })}`}
          </span>
        </p>
      )}
    </>
  );
}
