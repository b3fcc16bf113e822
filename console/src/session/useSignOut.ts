import { useSettings } from './SettingsContext';
import type { Issuer } from './settings';
import { currentSession, leave } from './session';

/** Null where the issuer has no such place, or cannot be asked. */
async function addressAt(issuer: Issuer): Promise<string | null> {
  try {
    const { signOutAddress } = await import('./oidc');
    return await signOutAddress(issuer);
  } catch {
    return null;
  }
}

/** Ends the session here, and at the issuer where it has a place for that. */
export function useSignOut(): () => Promise<void> {
  const { issuers } = useSettings();
  return async () => {
    const authority = currentSession()?.authority;
    leave();
    const issuer = issuers.find((one) => one.authority === authority);
    const address = issuer === undefined ? null : await addressAt(issuer);
    if (address !== null) {
      location.assign(address);
    }
  };
}
