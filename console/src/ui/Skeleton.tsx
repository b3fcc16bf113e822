import { useTranslation } from 'react-i18next';

/** Lines where text will be. Screen readers are told once that something is loading. */
export function Skeleton({ lines = 6 }: { lines?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t('loading')} className="skeleton">
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} aria-hidden className="skeleton-line" />
      ))}
    </div>
  );
}
