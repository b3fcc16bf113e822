import { ScrollText } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { Permitted } from '../../tenant/Permitted';
import { useTenant } from '../../tenant/tenant';
import { Moment } from '../../time/Moment';
import { rangeOf } from '../../time/range';
import { Badge } from '../../ui/Badge';
import { Button } from '../../ui/Button';
import type { Column } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loaded } from '../../ui/Loaded';
import { Page } from '../../ui/Page';
import { Paged } from '../../ui/Paged';
import { usePage } from '../../ui/Pager';
import { useFilters } from '../../ui/useFilters';
import { useActorName } from '../../words/actors';
import { lookOf } from '../../words/looks';
import { ACTIONS, OUTCOMES } from './actions';
import { AuditFilters } from './AuditFilters';
import { AUDIT_LOG, type Entry } from './documents';
import { EntryDetail } from './EntryDetail';
import { TargetLink } from './TargetLink';
import './audit.css';

const NO_FILTERS = { actions: null, actor: null, outcomes: null, from: null, to: null, target: null };

function Log() {
  const { t } = useTranslation('audit');
  const { id } = useTenant();
  const actorName = useActorName();
  const filters = useFilters();
  const page = usePage();
  const actions = filters.many('actions', ACTIONS);
  const outcomes = filters.many('outcomes', OUTCOMES);
  const actor = filters.one('actor');
  const target = filters.one('target');
  const occurredAt = rangeOf(filters.one('from'), filters.one('to'));
  const filterCount = Object.keys(NO_FILTERS).filter((name) => filters.one(name) !== null).length;
  const query = useQuery({
    query: AUDIT_LOG,
    variables: {
      id,
      filter: {
        actions: actions.length === 0 ? undefined : actions,
        outcomes: outcomes.length === 0 ? undefined : outcomes,
        actorIds: actor === null ? undefined : [actor],
        targetIds: target === null ? undefined : [target],
        occurredAt,
      },
      ...page,
    },
  });
  const columns: Column<Entry>[] = [
    { key: 'when', title: t('when'), cell: ({ occurredAt: at }) => <Moment instant={at} /> },
    { key: 'action', title: t('what'), heads: true, cell: ({ action }) => t(`action.${action}`, { defaultValue: action }) },
    { key: 'target', title: t('to'), cell: (entry) => <TargetLink entry={entry} /> },
    {
      key: 'actor',
      title: t('who'),
      cell: ({ actor }) => (
        <span className="audit-target">
          <span>{actorName(actor)}</span>
          {actor.__typename !== 'User' && (
            <span className="quiet small">{t(`actor.${actor.__typename}`, { defaultValue: actor.__typename })}</span>
          )}
        </span>
      ),
    },
    {
      key: 'outcome',
      title: t('how'),
      cell: ({ outcome }) => (
        <Badge {...lookOf('audit', outcome)}>{t(`outcome.${outcome}`, t('outcome.unknown'))}</Badge>
      ),
    },
  ];
  return (
    <Page title={t('title')} lead={t('lead')}>
      <AuditFilters entries={query[0].data?.tenant?.auditLog?.nodes ?? []} count={filterCount} />
      <Loaded query={query}>
        {({ tenant }) => (
          <Paged
            connection={tenant?.auditLog}
            label={t('title')}
            columns={columns}
            detail={(entry) => <EntryDetail entry={entry} />}
            empty={
              <EmptyState icon={ScrollText} title={t('empty.title')}>
                {filterCount > 0 ? (
                  <Button onPress={() => filters.set(NO_FILTERS)}>{t('empty.clear')}</Button>
                ) : (
                  <p>{t('empty.text')}</p>
                )}
              </EmptyState>
            }
          />
        )}
      </Loaded>
    </Page>
  );
}

export default function Audit() {
  const { t } = useTranslation('audit');
  return (
    <Permitted needs="READ_AUDIT_LOG" title={t('title')}>
      <Log />
    </Permitted>
  );
}
