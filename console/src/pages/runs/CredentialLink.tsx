import { useTranslation } from 'react-i18next';
import type { BackupRunErrorCode } from '../../gql/graphql';
import { useMay, useTenant } from '../../tenant/tenant';
import { LinkButton } from '../../ui/Button';

/** Errors that are mended where the credential is. */
const OF_CREDENTIAL: readonly BackupRunErrorCode[] = ['PERMISSION_MISSING', 'TOKEN_EXPIRED'];

/** The way to the credential, for errors that are mended there, and for those who may. */
export function CredentialLink({ code }: { code: BackupRunErrorCode }) {
  const { t } = useTranslation('runs');
  const may = useMay();
  const { id } = useTenant();
  if (!OF_CREDENTIAL.includes(code) || !may('MANAGE_CREDENTIALS')) {
    return null;
  }
  return (
    <LinkButton size="small" to={`/tenants/${id}/credential`}>
      {t('toCredential')}
    </LinkButton>
  );
}
