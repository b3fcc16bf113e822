import { CircleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Moment } from '../../time/Moment';
import { useNow } from '../../time/now';
import { CopyButton } from '../../ui/CopyButton';
import { Facts } from '../../ui/Facts';
import type { Stored } from './documents';

/** How long before its end people are warned, as the server's notifications do. */
const AHEAD = 30 * 24 * 60 * 60_000;

function ExpiryNote({ expiresAt }: { expiresAt: string | null | undefined }) {
  const { t } = useTranslation('credential');
  const now = useNow();
  if (expiresAt == null || Date.parse(expiresAt) - now > AHEAD) {
    return null;
  }
  const isOver = Date.parse(expiresAt) <= now;
  return (
    <div className={`note ${isOver ? 'note-bad' : 'note-warning'}`}>
      <CircleAlert aria-hidden size={20} />
      <p>{t(isOver ? 'expired' : 'expiresSoon')}</p>
    </div>
  );
}

/** What is known of a credential: all but its secret. */
export function CredentialFacts({ stored }: { stored: Stored }) {
  const { t } = useTranslation('credential');
  const { kind, clientId, certificateThumbprint, expiresAt, lastVerifiedAt, updatedAt } = stored;
  return (
    <div className="stack">
      <ExpiryNote expiresAt={expiresAt} />
      <Facts
        facts={[
          [t('kind'), t(`kinds.${kind}`, t('kinds.unknown'))],
          [
            t('clientId'),
            <span key="client">
              <code>{clientId}</code> <CopyButton label={t('copyClientId')} text={clientId} />
            </span>,
          ],
          ...(certificateThumbprint == null
            ? []
            : ([[t('thumbprint'), <code key="thumbprint">{certificateThumbprint}</code>]] as const)),
          [t('expires'), <Moment key="expires" instant={expiresAt} as="both" absent={t('notKnown')} />],
          [t('lastVerified'), <Moment key="verified" instant={lastVerifiedAt} absent={t('never')} />],
          [t('updated'), <Moment key="updated" instant={updatedAt} />],
        ]}
      />
    </div>
  );
}
