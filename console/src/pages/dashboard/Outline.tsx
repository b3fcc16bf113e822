import { useTranslation } from 'react-i18next';

/** The shape of the dashboard while it is on its way. */
export function Outline() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t('loading')} className="stack">
      <div className="tiles counts" aria-hidden>
        {Array.from({ length: 8 }, (_, tile) => (
          <span key={tile} className="tile">
            <span className="skeleton-line" />
            <span className="skeleton-line" />
          </span>
        ))}
      </div>
      <div className="grid" aria-hidden>
        <span className="panel skeleton-line history-outline" />
        <span className="panel skeleton-line history-outline" />
      </div>
    </div>
  );
}
