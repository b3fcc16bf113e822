import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useTenant } from '../../tenant/tenant';
import { day, span } from '../../time/formats';
import { Moment } from '../../time/Moment';
import { Panel } from '../../ui/Panel';
import { useActorName } from '../../words/actors';
import { awaitsAttempt, useRunStatusName } from '../../words/runs';
import type { ShownRun } from './run';

interface Step {
  key: string;
  at: string | null | undefined;
  text: ReactNode;
  isAhead?: boolean;
}

/** What happened to a run, in order. */
export function Timeline({ run }: { run: ShownRun }) {
  const { t, i18n } = useTranslation('runs');
  const statusName = useRunStatusName();
  const actorName = useActorName();
  const at = `/tenants/${useTenant().id}/runs`;
  const begun = awaitsAttempt(run) ? run.attempt - 1 : run.attempt;
  const steps: Step[] = [
    {
      key: 'slot',
      at: run.scheduledFor,
      text: run.slotDate == null ? t('step.slot') : t('step.slotOf', { day: day(i18n.language, run.slotDate) }),
    },
    {
      key: 'queued',
      at: run.createdAt,
      text: (
        <>
          {t('step.queued', { name: actorName(run.triggeredBy) })}{' '}
          {run.retryOf != null && <Link to={`${at}/${run.retryOf.id}`}>{t('step.retryOf')}</Link>}
        </>
      ),
    },
    {
      key: 'started',
      at: run.startedAt,
      text: begun > 1 ? t('step.startedAgain', { attempt: begun }) : t('step.started'),
    },
    { key: 'next', at: run.nextAttemptAt, text: t('step.nextAttempt', { attempt: run.attempt }), isAhead: true },
    { key: 'cancel', at: run.cancelRequestedAt, text: t('step.cancelAsked') },
    {
      key: 'ended',
      at: run.finishedAt,
      text:
        run.durationMs == null
          ? statusName(run.status)
          : t('step.ended', { status: statusName(run.status), time: span(i18n.language, run.durationMs) }),
    },
    {
      key: 'retried',
      at: run.retriedBy?.createdAt,
      text: run.retriedBy != null && <Link to={`${at}/${run.retriedBy.id}`}>{t('step.retried')}</Link>,
    },
  ];
  return (
    <Panel title={t('timeline')}>
      <ol className="timeline">
        {steps
          .filter((step) => step.at != null)
          .map(({ key, at: instant, text, isAhead }) => (
            <li key={key} className={isAhead === true ? 'is-ahead' : undefined}>
              <span>{text}</span>
              <span className="quiet small">
                <Moment instant={instant} zone={run.schedule.recurrence.timeZone} as="both" />
              </span>
            </li>
          ))}
      </ol>
    </Panel>
  );
}
