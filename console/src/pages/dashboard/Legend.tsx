import { Check, Minus, TriangleAlert, X, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { OUTCOMES, type Outcome } from './calendar';

const MARKS: Record<Outcome, LucideIcon | null> = {
  failed: X,
  partial: TriangleAlert,
  notRun: Minus,
  succeeded: Check,
  none: null,
};

/** The sign of an outcome, for those who do not tell its colour. */
export function OutcomeMark({ outcome }: { outcome: Outcome }) {
  const Icon = MARKS[outcome];
  return Icon === null ? null : <Icon aria-hidden size={14} strokeWidth={2.5} />;
}

/** What the colours and signs of the calendar mean. */
export function Legend() {
  const { t } = useTranslation('dashboard');
  return (
    <ul className="legend small" aria-label={t('calendar.legend')}>
      {[...OUTCOMES].reverse().map((outcome) => (
        <li key={outcome}>
          <span className={`calendar-day outcome-${outcome}`} aria-hidden>
            <OutcomeMark outcome={outcome} />
          </span>
          {t(`calendar.outcome.${outcome}`)}
        </li>
      ))}
    </ul>
  );
}
