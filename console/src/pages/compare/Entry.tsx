import { ArrowLeft, FileX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { useQuery } from 'urql';
import type { ComparedItemsQuery } from '../../gql/graphql';
import { ordered, textOf, type Json } from '../../json/value';
import { useTenant } from '../../tenant/tenant';
import { exactly } from '../../time/formats';
import { LinkButton } from '../../ui/Button';
import { EmptyState } from '../../ui/EmptyState';
import { Loaded } from '../../ui/Loaded';
import { Panel } from '../../ui/Panel';
import { Skeleton } from '../../ui/Skeleton';
import { useKindName, useKinds } from '../../words/kinds';
import { BOTH } from './documents';
import { Differences, type Side } from './Differences';

type Held = NonNullable<ComparedItemsQuery['base']>;

interface Props {
  base: string;
  target: string;
  /** `KIND:GRAPH-ID`, as the address has it. */
  opened: string;
  /** Those of the list's page, for the ways to the next. */
  listed: readonly string[];
}

/** One policy of a comparison. */
export function Entry({ base, target, opened, listed }: Props) {
  const { t } = useTranslation('compare');
  const kinds = useKinds();
  const { search } = useLocation();
  const [code = '', ...rest] = opened.split(':');
  const policyGraphId = rest.join(':');
  const kind = kinds.find(({ type }) => type === code)?.type;
  const query = useQuery({
    query: BOTH,
    variables: { base, target, filter: { policyTypes: kind === undefined ? [] : [kind], policyGraphIds: [policyGraphId] } },
    pause: kind === undefined,
  });
  const to = (entry: string | null | undefined) => {
    const next = new URLSearchParams(search);
    next.delete('entry');
    if (entry != null) {
      next.set('entry', entry);
    }
    return `?${next.toString()}`;
  };
  const place = listed.indexOf(opened);
  const previous = listed[place - 1];
  const next = place < 0 ? undefined : listed[place + 1];
  return (
    <>
      <nav className="actions" aria-label={t('entries')}>
        <LinkButton size="small" to={to(null)}>
          <ArrowLeft aria-hidden size={14} />
          {t('backToList')}
        </LinkButton>
        {previous !== undefined && (
          <LinkButton size="small" to={to(previous)}>
            {t('previousEntry')}
          </LinkButton>
        )}
        {next !== undefined && (
          <LinkButton size="small" to={to(next)}>
            {t('nextEntry')}
          </LinkButton>
        )}
      </nav>
      {kinds.length > 0 && kind === undefined ? (
        <EmptyState icon={FileX} title={t('inNeither')} />
      ) : (
        <Loaded query={query} skeleton={<Skeleton lines={10} />}>
          {({ base: earlier, target: later }) =>
            earlier != null &&
            later != null &&
            kind !== undefined && <Opened earlier={earlier} later={later} policyType={kind} policyGraphId={policyGraphId} />
          }
        </Loaded>
      )}
    </>
  );
}

interface OpenedProps {
  earlier: Held;
  later: Held;
  policyType: ReturnType<typeof useKinds>[number]['type'];
  policyGraphId: string;
}

function Opened({ earlier, later, policyType, policyGraphId }: OpenedProps) {
  const { t, i18n } = useTranslation('compare');
  const { id: tenantId } = useTenant();
  const kindName = useKindName();
  const [before] = earlier.items.nodes;
  const [after] = later.items.nodes;
  const shown = after ?? before;
  if (shown === undefined) {
    return <EmptyState icon={FileX} title={t('inNeither')} />;
  }
  const side = (set: Held): Side => {
    const [item] = set.items.nodes;
    const when = exactly(i18n.language, set.createdAt);
    const parts = { payload: item?.payload, assignments: item?.assignments, scopeTagIds: item?.scopeTagIds };
    return {
      label: t(item === undefined ? 'notIn' : 'in', { when }),
      text: item === undefined ? '' : textOf(ordered(parts as Json)),
    };
  };
  const links = [
    [before, earlier, 'toBefore'],
    [after, later, 'toAfter'],
  ] as const;
  return (
    <Panel title={shown.name} beside={<span className="quiet">{kindName(policyType)}</span>}>
      <div className="stack">
        <p className="actions">
          {links.map(
            ([item, set, name]) =>
              item !== undefined && (
                <Link key={name} to={`/tenants/${tenantId}/sets/${set.id}/items/${item.id}`}>
                  {t(name)}
                </Link>
              ),
          )}
          {shown.policy != null && <Link to={`/tenants/${tenantId}/policies/${shown.policy.id}`}>{t('history')}</Link>}
        </p>
        <Differences
          base={earlier.id}
          target={later.id}
          name={shown.name}
          policyType={policyType}
          policyGraphId={policyGraphId}
          before={side(earlier)}
          after={side(later)}
        />
      </div>
    </Panel>
  );
}
