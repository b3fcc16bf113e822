import { useTranslation } from 'react-i18next';
import { JsonTree } from '../../json/JsonTree';
import { isList, type Json } from '../../json/value';
import { Badge } from '../../ui/Badge';
import { Panel } from '../../ui/Panel';
import type { BackupItem } from './Item';
import { targetsOf, type Target } from './targets';

interface Props {
  item: BackupItem;
  assignments: Json;
}

/** Whom a policy is assigned to, in words where it has the usual form. */
export function Assignments({ item, assignments }: Props) {
  const { t } = useTranslation('sets');
  const targets = targetsOf(assignments);
  const isEmpty = assignments === null || (isList(assignments) && assignments.length === 0);
  return (
    <Panel title={t('assignments')}>
      {isEmpty ? (
        <p className="quiet">{t(assignments === null ? 'assignmentsUnknown' : 'noAssignments')}</p>
      ) : targets === null ? (
        <JsonTree label={t('assignments')} value={assignments} />
      ) : (
        <ul className="references">
          {targets.map((target, place) => (
            <li key={place}>
              <Whom target={target} item={item} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Whom({ target: { whom, groupId, filterId, filter, intent }, item }: { target: Target; item: BackupItem }) {
  const { t } = useTranslation('sets');
  const nameOf = (id: string | null) => item.references.find(({ graphId }) => graphId === id)?.name ?? id ?? t('nameUnknown');
  const isGroup = whom === 'GROUP' || whom === 'NOT_GROUP';
  return (
    <>
      <span className="set-state">
        <Badge tone={whom === 'NOT_GROUP' ? 'warning' : 'good'}>{t(whom === 'NOT_GROUP' ? 'excluded' : 'included')}</Badge>
        <span>{isGroup ? nameOf(groupId) : t(`whom.${whom}`)}</span>
        {intent !== null && (
          <span className="quiet small" lang="en">
            {intent}
          </span>
        )}
      </span>
      {filter !== null && <span className="quiet small">{t(`filter.${filter}`, { name: nameOf(filterId) })}</span>}
    </>
  );
}
