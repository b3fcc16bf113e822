import { useTranslation } from 'react-i18next';
import { span } from '../../time/formats';
import { useNow } from '../../time/now';
import { Facts } from '../../ui/Facts';
import { Panel } from '../../ui/Panel';
import { Progress } from '../../ui/Progress';
import { awaitsAttempt, useAttemptWords, usePhaseName } from '../../words/runs';
import type { ShownRun } from './run';

/** Screen readers are told of each tenth, not of each object. */
const STEP = 10;

/** How far an active run is. */
export function LiveProgress({ run }: { run: ShownRun }) {
  const { t, i18n } = useTranslation('runs');
  const phaseName = usePhaseName();
  const now = useNow();
  const { failed, next } = useAttemptWords(run);
  const { progress, startedAt } = run;
  const { percent, processedPolicies, totalPolicies, graphThrottledCount } = progress;
  const isBetween = awaitsAttempt(run);
  const phase = isBetween ? failed : phaseName(progress.phase);
  const number = (value: number) => value.toLocaleString(i18n.language);
  const told = percent == null ? phase : t('announced', { phase, percent: percent - (percent % STEP) });
  return (
    <Panel
      title={isBetween ? `${failed}; ${next}` : phase}
      beside={percent == null ? undefined : <strong className="run-percent">{percent} %</strong>}
    >
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
      {graphThrottledCount > 0 && <p className="quiet">{t('throttledText')}</p>}
    </Panel>
  );
}
