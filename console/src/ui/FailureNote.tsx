import { CircleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { NETWORK, type Failure } from '../api/failure';
import { Button } from './Button';

/** What to do about a code, for the codes that people can do something about. */
const ADVISED = ['NETWORK', 'NOT_FOUND', 'FORBIDDEN', 'RATE_LIMITED', 'RESPONSE_TOO_LARGE', 'TIMEOUT', 'UNAVAILABLE', 'INTERNAL', 'INVALID_ID'] as const;

/** What asking again does not mend. */
const LASTING: readonly string[] = ['NOT_FOUND', 'FORBIDDEN', 'INVALID_ID'];

export function useFailureTexts(failure: Failure): { title: string; advice: string } {
  const { t } = useTranslation();
  const code = ADVISED.find((one) => one === failure.code) ?? 'INTERNAL';
  return { title: t(`failure.${code}.title`), advice: t(`failure.${code}.advice`) };
}

/** What the server says of it, and what to give to support. */
export function FailureDetails({ failure }: { failure: Failure }) {
  if (failure.code === NETWORK) {
    return null;
  }
  return (
    <p className="quiet" lang="en">
      {[failure.code, failure.message, failure.requestId].filter((one) => one !== null && one !== '').join(' · ')}
    </p>
  );
}

/** Why something is not here, and the way to try again. */
export function FailureNote({ failure, onRetry }: { failure: Failure; onRetry?: () => void }) {
  const { t } = useTranslation();
  const { title, advice } = useFailureTexts(failure);
  return (
    <div className="note note-bad" role="alert">
      <CircleAlert aria-hidden size={20} />
      <div>
        <p className="note-title">{title}</p>
        <p>{advice}</p>
        <FailureDetails failure={failure} />
        {onRetry !== undefined && !LASTING.includes(failure.code) && (
          <Button size="small" onPress={onRetry}>
            {t('retry')}
          </Button>
        )}
      </div>
    </div>
  );
}
