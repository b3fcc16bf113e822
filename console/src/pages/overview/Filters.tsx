import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { TenantConnectionStatus } from '../../gql/graphql';
import { Choice, Finder } from '../../ui/fields';
import { atFirstPage } from '../../ui/Pager';
import { useSearchText } from '../../ui/useSearchText';
import type { View } from './view';

const CONNECTIONS: readonly TenantConnectionStatus[] = [
  'CONNECTED',
  'UNVERIFIED',
  'PERMISSION_MISSING',
  'NOT_CONFIGURED',
  'TOKEN_EXPIRED',
];
const ANY = 'any';

export function Filters({ view }: { view: View }) {
  const { t } = useTranslation(['overview', 'words']);
  const [, typed, type] = useSearchText();
  const [, setSearch] = useSearchParams();
  const chosen = CONNECTIONS.find((one) => one === view.connection) ?? ANY;
  return (
    <div className="filters">
      <Finder label={t('search')} value={typed} onChange={type} />
      <Choice<TenantConnectionStatus | typeof ANY>
        label={t('column.connection')}
        value={chosen}
        options={[
          { value: ANY, text: t('anyConnection') },
          ...CONNECTIONS.map((value) => ({ value, text: t(`words:connection.${value}`) })),
        ]}
        onChange={(value) =>
          setSearch(
            (before) => {
              const next = atFirstPage(before);
              if (value === ANY) {
                next.delete('connection');
              } else {
                next.set('connection', value);
              }
              return next;
            },
            { preventScrollReset: true },
          )
        }
      />
    </div>
  );
}
