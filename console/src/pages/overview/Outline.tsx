import { useTranslation } from 'react-i18next';

/** The shape of the page while the first tenants are on their way. */
export function Outline() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t('loading')}>
      <div className="tiles overview-tiles" aria-hidden>
        {Array.from({ length: 5 }, (_, tile) => (
          <span key={tile} className="tile">
            <span className="skeleton-line" />
            <span className="skeleton-line" />
          </span>
        ))}
      </div>
      <div className="table-frame overview-outline" aria-hidden>
        {Array.from({ length: 12 }, (_, row) => (
          <span key={row} className="skeleton-line" />
        ))}
      </div>
    </div>
  );
}
