import { useTranslation } from 'react-i18next';
import { Moment } from '../../time/Moment';
import { bytes } from '../../ui/bytes';
import { Copyable } from '../../ui/Copyable';
import { Facts } from '../../ui/Facts';
import { Panel } from '../../ui/Panel';
import { useKindName } from '../../words/kinds';
import type { BackupItem } from './Item';

/** What is known of an item besides its content. */
export function ItemFacts({ item }: { item: BackupItem }) {
  const { t, i18n } = useTranslation('sets');
  const kindName = useKindName();
  const change = item.lastChange;
  return (
    <Panel title={t('facts')}>
      <Facts
        facts={[
          [t('kind'), [kindName(item.policyType), item.subKind].filter((part) => part != null).join(' · ')],
          [t('modified'), <Moment key="modified" instant={item.policyModifiedAt} as="both" absent={t('notTold')} />],
          [
            t('changedBy'),
            change == null ? (
              <span className="quiet">{t('changerUnknown')}</span>
            ) : (
              <span>
                {change.actorName} (<span lang="en">{change.operation}</span>), <Moment instant={change.occurredAt} />
              </span>
            ),
          ],
          [t('captured'), <Moment key="captured" instant={item.capturedAt} as="both" />],
          [t('size'), bytes(i18n.language, item.payloadBytes)],
          [t('graphId'), <Copyable key="id" label={t('copyGraphId')} text={item.policyGraphId} />],
          [t('contentHash'), <Copyable key="content" label={t('copyHash')} text={item.contentHash} />],
          [t('stateHash'), <Copyable key="state" label={t('copyStateHash')} text={item.stateHash} />],
        ]}
      />
    </Panel>
  );
}
