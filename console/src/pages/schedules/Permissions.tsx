import { useTranslation } from 'react-i18next';
import type { PolicyType } from '../../gql/graphql';
import { CopyButton } from '../../ui/CopyButton';
import { useKinds } from '../../words/kinds';

/** All Graph permissions that it takes to read some kinds. */
export function Permissions({ kinds }: { kinds: readonly PolicyType[] }) {
  const { t } = useTranslation('schedules');
  const known = useKinds();
  const needed = known.filter(({ type }) => kinds.includes(type)).flatMap(({ requiredPermissions }) => requiredPermissions);
  const permissions = [...new Set(needed)].sort();
  if (permissions.length === 0) {
    return <p className="quiet">{t('permissions.none')}</p>;
  }
  return (
    <div className="permissions">
      <p className="small quiet">{t('permissions.text', { count: permissions.length })}</p>
      <ul>
        {permissions.map((permission) => (
          <li key={permission}>
            <code>{permission}</code>
          </li>
        ))}
      </ul>
      <CopyButton text={permissions.join('\n')} label={t('permissions.copy')} />
    </div>
  );
}
