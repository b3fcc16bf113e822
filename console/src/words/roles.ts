import { useTranslation } from 'react-i18next';
import type { TenantRole } from '../gql/graphql';

export const ROLES: readonly TenantRole[] = ['READONLY', 'OPERATOR', 'MANAGER', 'OWNER'];

export function useRoleName(): (role: string) => string {
  const { t, i18n } = useTranslation('words');
  return (role) => {
    const known = ROLES.find((one) => one === role);
    return known !== undefined && i18n.exists(`words:role.${known}`) ? t(`role.${known}`) : t('role.unknown');
  };
}
