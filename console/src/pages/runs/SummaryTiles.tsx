import { useTranslation } from 'react-i18next';
import { bytes } from '../../ui/bytes';
import type { ShownRun } from './run';

/** What a run came to, in numbers. */
export function SummaryTiles({ summary }: { summary: NonNullable<ShownRun['summary']> }) {
  const { t, i18n } = useTranslation('runs');
  const number = (value: number) => value.toLocaleString(i18n.language);
  const tiles: readonly (readonly [string, string, string?])[] = [
    [t('stored'), number(summary.itemCount), t('ofListed', { count: summary.policyCount, all: number(summary.policyCount) })],
    [t('changed'), number(summary.changedItemCount), t('changedHint')],
    [t('removed'), number(summary.removedPolicyCount), t('removedHint')],
    [t('failed'), number(summary.failedPolicyCount)],
    [t('size'), bytes(i18n.language, summary.payloadBytes), t('sizeHint')],
    [
      t('requests'),
      number(summary.graphRequestCount),
      t('throttledCount', { count: summary.graphThrottledCount, shown: number(summary.graphThrottledCount) }),
    ],
  ];
  return (
    <dl className="tiles run-tiles" aria-label={t('summary')}>
      {tiles.map(([name, value, hint]) => (
        <div key={name} className="tile run-tile">
          <dt className="quiet">{name}</dt>
          <dd>
            <span className="tile-value">{value}</span>
            {hint !== undefined && <span className="quiet small">{hint}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
