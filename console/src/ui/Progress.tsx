import { ProgressBar } from 'react-aria-components';

/** How far something is; null when nobody knows. */
export function Progress({ label, percent }: { label: string; percent: number | null | undefined }) {
  const isKnown = percent !== null && percent !== undefined;
  return (
    <ProgressBar aria-label={label} className="progress" isIndeterminate={!isKnown} value={isKnown ? percent : undefined}>
      {({ percentage }) => (
        <svg className={`progress-track ${isKnown ? '' : 'is-moving'}`} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden>
          <rect className="progress-fill" width={isKnown ? (percentage ?? 0) : 30} height="4" />
        </svg>
      )}
    </ProgressBar>
  );
}
