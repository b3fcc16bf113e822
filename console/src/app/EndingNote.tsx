import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';
import { currentSession } from '../session/session';
import { useSettings } from '../session/SettingsContext';
import { relatively } from '../time/formats';
import { useNow } from '../time/now';
import { Button } from '../ui/Button';

/** How long before its end people are told. */
const AHEAD = 5 * 60_000;

/** Tells that the sign-in ends soon, while a form can still be saved. */
export function EndingNote({ expiresAt }: { expiresAt: string | null | undefined }) {
  const { t, i18n } = useTranslation();
  const { issuers } = useSettings();
  const now = useNow();
  const { pathname, search } = useLocation();
  const issuer = issuers.find((one) => one.authority === currentSession()?.authority);
  if (expiresAt === null || expiresAt === undefined || Date.parse(expiresAt) - now > AHEAD) {
    return null;
  }
  return (
    <p className="banner" role="status">
      {t('ending.text', { when: relatively(i18n.language, expiresAt, now) })}
      {issuer !== undefined && (
        <Button
          size="small"
          onPress={async () => {
            const { leaveToSignIn } = await import('../session/oidc');
            await leaveToSignIn(issuer, pathname + search, 'the same');
          }}
        >
          {t('ending.action')}
        </Button>
      )}
    </p>
  );
}
