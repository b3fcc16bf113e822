import { Filter } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Moment } from '../../time/Moment';
import { Button } from '../../ui/Button';
import { CopyButton } from '../../ui/CopyButton';
import { Facts } from '../../ui/Facts';
import { useFilters } from '../../ui/useFilters';
import { changesOf } from './changes';
import type { Entry } from './documents';
import { useValueText } from './useValueText';

function ChangesOf({ changes }: { changes: unknown }) {
  const { t } = useTranslation('audit');
  const valueText = useValueText();
  const list = changesOf(changes);
  if (list.length === 0) {
    return <p className="quiet">{t('noChanges')}</p>;
  }
  return (
    <dl className="audit-changes">
      {list.map(({ field, before, after, kept }) => (
        <div key={field}>
          <dt>{t(`field.${field}`, { defaultValue: field })}</dt>
          <dd>
            <span className="visually-hidden">{t('before')} </span>
            {before === null ? <span className="quiet">–</span> : <del>{valueText(field, before)}</del>}
          </dd>
          <dd>
            <span className="visually-hidden">{t('after')} </span>
            {after === null ? <span className="quiet">–</span> : <ins>{valueText(field, after)}</ins>}
            {kept > 0 && <span className="quiet"> {t('kept', { count: kept })}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** All that an entry tells, and the ways to others like it. */
export function EntryDetail({ entry: { actor, target, changes, occurredAt, requestId, ipAddress } }: { entry: Entry }) {
  const { t } = useTranslation('audit');
  const filters = useFilters();
  return (
    <div className="stack">
      <ChangesOf changes={changes} />
      <Facts
        facts={[
          [t('when'), <Moment key="when" instant={occurredAt} as="both" />],
          [
            t('request'),
            requestId == null ? (
              t('ofTheService')
            ) : (
              <span key="request">
                <code>{requestId}</code> <CopyButton label={t('copyRequest')} text={requestId} />
              </span>
            ),
          ],
          [t('address'), ipAddress ?? t('ofTheService')],
        ]}
      />
      <div className="actions">
        {(actor.__typename === 'User' || actor.__typename === 'ApiToken') && (
          <Button size="small" onPress={() => filters.set({ actor: actor.id })}>
            <Filter aria-hidden size={16} />
            {t('onlyActor', { name: actor.displayName })}
          </Button>
        )}
        {target != null && (
          <Button size="small" onPress={() => filters.set({ target: target.id })}>
            <Filter aria-hidden size={16} />
            {t('onlyTarget')}
          </Button>
        )}
      </div>
    </div>
  );
}
