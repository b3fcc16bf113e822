import { useTranslation } from 'react-i18next';
import { relatively, span } from '../../time/formats';
import { useNow } from '../../time/now';
import { Facts } from '../../ui/Facts';
import { Panel } from '../../ui/Panel';
import { Progress } from '../../ui/Progress';
import { usePhaseName } from '../../words/runs';
import type { ShownRun } from './run';

/** Screen readers are told of each tenth, not of each object. */
const STEP = 10;

/** How far an active run is. */
export function LiveProgress({ run: { progress, startedAt, nextAttemptAt, attempt } }: { run: ShownRun }) {
  const { t, i18n } = useTranslation('runs');
  const phaseName = usePhaseName();
  const now = useNow();
  const { percent, processedPolicies, totalPolicies, graphThrottledCount } = progress;
  const phase = phaseName(progress.phase);
  const number = (value: number) => value.toLocaleString(i18n.language);
  const told = percent == null ? phase : t('announced', { phase, percent: percent - (percent % STEP) });
  return (
    <Panel title={phase} beside={percent == null ? undefined : <strong className="run-percent">{percent} %</strong>}>
      <p className="visually-hidden" role="status">
        {told}
      </p>
      <Progress label={t('progress')} percent={percent} />
      <div className="run-progress-facts">
        <Facts
          facts={[
            [
              t('dealtWith'),
              totalPolicies == null
                ? number(processedPolicies)
                : t('of', { part: number(processedPolicies), all: number(totalPolicies) }),
            ],
            [t('requests'), number(progress.graphRequestCount)],
            [t('throttled'), number(graphThrottledCount)],
            ...(startedAt == null
              ? []
              : [[t('elapsed'), span(i18n.language, Math.max(0, now - Date.parse(startedAt)))] as const]),
          ]}
        />
      </div>
      {nextAttemptAt != null && (
        <p className="quiet">
          {t('nextAttempt', { attempt: attempt + 1, when: relatively(i18n.language, nextAttemptAt, now) })}
        </p>
      )}
      {graphThrottledCount > 0 && <p className="quiet">{t('throttledText')}</p>}
    </Panel>
  );
}
