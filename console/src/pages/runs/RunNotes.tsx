import { CalendarX2, CircleMinus, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Moment } from '../../time/Moment';
import { CredentialLink } from './CredentialLink';
import { RunErrorNote } from '../../words/RunErrorNote';
import { causeOf } from './cause';
import type { ShownRun } from './run';

function Note({ icon: Icon, title, children }: { icon: LucideIcon; title: string; children: ReactNode }) {
  return (
    <div className="note note-warning">
      <Icon aria-hidden size={20} />
      <div>
        <p className="note-title">{title}</p>
        {children}
      </div>
    </div>
  );
}

/** Why a run did not do all that it should have, and what to do about it. */
export function RunNotes({ run }: { run: ShownRun }) {
  const { t } = useTranslation('runs');
  const { status, missedSlotCount, lastMissedAt, schedule } = run;
  switch (status) {
    case 'MISSED':
      return (
        <Note icon={CalendarX2} title={t('missed.title')}>
          <p>{t('missed.text')}</p>
          {missedSlotCount != null && missedSlotCount > 1 && (
            <p>
              {t('missed.several', { count: missedSlotCount })}{' '}
              <Moment instant={lastMissedAt} zone={schedule.recurrence.timeZone} as="exact" />
            </p>
          )}
        </Note>
      );
    case 'SKIPPED':
      return (
        <Note icon={CircleMinus} title={t('skipped.title')}>
          <p>{t('skipped.text')}</p>
        </Note>
      );
    default: {
      const cause = causeOf(run);
      return cause === null ? null : (
        <RunErrorNote code={cause.code} message={cause.message}>
          {status === 'PARTIAL' && <p>{t('partial')}</p>}
          <CredentialLink code={cause.code} />
        </RunErrorNote>
      );
    }
  }
}
