import { useTranslation } from 'react-i18next';
import type { TenantConnectionStatus } from '../../gql/graphql';
import { Choice, Finder } from '../../ui/fields';
import { useFilters } from '../../ui/useFilters';
import { useSearchText } from '../../ui/useSearchText';
import { CONNECTIONS, type View } from './view';

const ANY = 'any';

export function Filters({ view }: { view: View }) {
  const { t } = useTranslation(['overview', 'words']);
  const [, typed, type] = useSearchText();
  const { set } = useFilters();
  return (
    <div className="filters">
      <Finder label={t('search')} value={typed} onChange={type} />
      <Choice<TenantConnectionStatus | typeof ANY>
        label={t('column.connection')}
        value={view.connection ?? ANY}
        options={[
          { value: ANY, text: t('anyConnection') },
          ...CONNECTIONS.map((value) => ({ value, text: t(`words:connection.${value}`) })),
        ]}
        onChange={(value) => set({ connection: value === ANY ? null : value })}
      />
    </div>
  );
}
