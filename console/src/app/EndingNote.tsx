import { useTranslation } from 'react-i18next';
import { currentSession } from '../session/session';
import { useSettings } from '../session/SettingsContext';
import { relatively } from '../time/formats';
import { useNow } from '../time/now';
import { Button } from '../ui/Button';
import { useSignInWindow } from './useSignInWindow';

/** How long before its end people are told. */
const AHEAD = 5 * 60_000;

/** Tells that the sign-in ends soon, while a form can still be saved. */
export function EndingNote({ expiresAt }: { expiresAt: string | null | undefined }) {
  const { t, i18n } = useTranslation();
  const { issuers } = useSettings();
  const now = useNow();
  const { opened, open } = useSignInWindow();
  const isOfIssuer = issuers.some(({ authority }) => authority === currentSession()?.authority);
  if (expiresAt === null || expiresAt === undefined || Date.parse(expiresAt) - now > AHEAD) {
    return null;
  }
  return (
    <p className="banner" role="status">
      {t('ending.text', { when: relatively(i18n.language, expiresAt, now) })}
      {opened !== 'not yet' && ` ${t(opened === 'opened' ? 'ended.opened' : 'ending.blocked')}`}
      {isOfIssuer && (
        <Button size="small" onPress={open}>
          {t('ending.action')}
        </Button>
      )}
    </p>
  );
}
