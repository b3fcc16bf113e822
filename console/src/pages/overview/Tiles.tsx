import { Building2, CalendarX2, CircleAlert, LoaderCircle, Unplug, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { atFirstPage } from '../../ui/Pager';
import type { TenantRow } from './tenants';
import { STATE_NAMES, STATES, type State } from './view';

const LOOKS: Record<State, { icon: LucideIcon; look: string }> = {
  failing: { icon: CircleAlert, look: 'tile-bad' },
  stale: { icon: CalendarX2, look: 'tile-warning' },
  unconnected: { icon: Unplug, look: 'tile-warning' },
  running: { icon: LoaderCircle, look: 'tile-active' },
};

interface TileProps {
  icon: LucideIcon;
  count: number;
  text: string;
  look: string;
  to: string;
  isChosen: boolean;
}

function Tile({ icon: Icon, count, text, look, to, isChosen }: TileProps) {
  const { i18n } = useTranslation();
  return (
    <li>
      <Link
        to={to}
        className={`tile tile-link ${count > 0 ? look : ''}`}
        aria-current={isChosen ? 'true' : undefined}
        preventScrollReset
      >
        <span className="tile-value">
          <Icon aria-hidden size={20} />
          {count.toLocaleString(i18n.language)}
        </span>
        <span className="quiet small">{text}</span>
      </Link>
    </li>
  );
}

/** How many tenants there are of each state. A tile shows its own alone; once more, all of them. */
export function Tiles({ rows, chosen }: { rows: readonly TenantRow[]; chosen: State | null }) {
  const { t } = useTranslation('overview');
  const [search] = useSearchParams();
  const leading = (state: State | null) => {
    const next = atFirstPage(search);
    if (state === null || state === chosen) {
      next.delete('state');
    } else {
      next.set('state', state);
    }
    return `?${next.toString()}`;
  };
  return (
    <ul className="tiles overview-tiles" aria-label={t('tiles.label')}>
      <Tile
        icon={Building2}
        count={rows.length}
        text={t('tiles.all', { count: rows.length })}
        look=""
        to={leading(null)}
        isChosen={chosen === null}
      />
      {STATE_NAMES.map((state) => (
        <Tile
          key={state}
          {...LOOKS[state]}
          count={rows.filter(STATES[state]).length}
          text={t(`tiles.${state}`)}
          to={leading(state)}
          isChosen={chosen === state}
        />
      ))}
    </ul>
  );
}
