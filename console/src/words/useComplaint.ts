import { useTranslation } from 'react-i18next';
import type { UserError } from '../api/useAction';
import { useTold } from '../i18n/useTold';

/** The codes that say all there is to say. Others need the server's own words (`useTold.ts`). */
export const KNOWN = [
  'ALREADY_EXISTS',
  'BLANK',
  'DUPLICATE_VALUE',
  'LAST_OWNER',
  'LIMIT_REACHED',
  'NOT_FOUND',
  'REQUIRED',
  'ROLE_TOO_HIGH',
  'RUN_ALREADY_ACTIVE',
  'RUN_ALREADY_FINISHED',
  'RUN_NOT_RETRYABLE',
  'STALE_REVISION',
  'TENANT_NOT_CONNECTED',
  'TOO_LONG',
] as const;

/** Why an input was refused, in the console's words where it has some. */
export function useComplaint(): (error: UserError) => string {
  const { t } = useTranslation('words');
  const told = useTold();
  return ({ code, message }) => {
    const known = KNOWN.find((one) => one === code);
    return known === undefined ? told(`complaint.${code}`, message, { message }).text : t(`complaint.${known}`);
  };
}
