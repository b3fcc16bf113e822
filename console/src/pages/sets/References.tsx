import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Panel';
import type { BackupItem } from './Item';

/** The groups, filters and scope tags that a policy points to, as they were called at that time. */
export function References({ item: { references, scopeTagIds } }: { item: BackupItem }) {
  const { t } = useTranslation('sets');
  const tags = references.filter(({ kind }) => kind === 'SCOPE_TAG');
  // A tag without a reference is told by its number.
  const unnamed = (scopeTagIds ?? []).filter((id) => !tags.some(({ graphId }) => graphId === id));
  return (
    <Panel title={t('references')}>
      {references.length + unnamed.length === 0 ? (
        <p className="quiet">{t('noReferences')}</p>
      ) : (
        <ul className="references">
          {references.map(({ kind, graphId, name }) => (
            <li key={`${kind} ${graphId}`}>
              <span className="quiet small">{t(`referenceKind.${kind}`, t('referenceKind.unknown'))}</span>
              <span>{name ?? t('nameUnknown')}</span>
              <code className="quiet">{graphId}</code>
            </li>
          ))}
          {unnamed.map((id) => (
            <li key={id}>
              <span className="quiet small">{t('referenceKind.SCOPE_TAG')}</span>
              <code>{id}</code>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
