import { createContext, useContext } from 'react';
import { useTranslation } from 'react-i18next';
import { exactly, OWN_ZONE, relatively, upcoming } from './formats';
import { useNow } from './now';

/** The zone of the tenant that is shown; null outside of one. */
export const TenantZone = createContext<string | null>(null);

interface Props {
  instant: string | null | undefined;
  /** The zone of a schedule, where it is another one than the tenant's. */
  zone?: string;
  /** What is in the text: the rest is shown on hover. `hour` is for what comes, by its day and hour. */
  as?: 'relative' | 'exact' | 'both' | 'hour';
  /** What stands there without an instant. */
  absent?: string;
}

/** An instant: in one's own zone, with the tenant's on hover. */
export function Moment({ instant, zone, as = 'relative', absent = '–' }: Props) {
  const { i18n } = useTranslation();
  const now = useNow();
  const tenantZone = useContext(TenantZone);
  if (instant === null || instant === undefined) {
    return <span className="quiet">{absent}</span>;
  }
  const exact = exactly(i18n.language, instant);
  const relative = relatively(i18n.language, instant, now);
  const there = zone ?? tenantZone;
  const hover = there === null || there === OWN_ZONE ? [] : [`${exactly(i18n.language, instant, there)} (${there})`];
  const text = { relative, exact, both: exact, hour: upcoming(i18n.language, instant, now) }[as];
  const title = [...(as === 'relative' || as === 'hour' ? [exact] : []), ...(as === 'relative' ? [] : [relative]), ...hover].join('\n');
  return (
    <time dateTime={instant} title={title} className="moment">
      {text}
      {as === 'both' && <span className="quiet"> · {relative}</span>}
    </time>
  );
}
