import { CircleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { NETWORK, type Failure } from '../api/failure';
import { adviceOn, isLasting } from './advice';
import { Button } from './Button';


export function useFailureTexts(failure: Failure): { title: string; advice: string } {
  const { t } = useTranslation();
  const advice = adviceOn(failure.code);
  return { title: t(`failure.${advice}.title`), advice: t(`failure.${advice}.advice`) };
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
        {onRetry !== undefined && !isLasting(failure.code) && (
          <Button size="small" onPress={onRetry}>
            {t('retry')}
          </Button>
        )}
      </div>
    </div>
  );
}
