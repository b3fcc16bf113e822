import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button';
import type { DraftField, Joined } from './draft';

function Note({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="note note-warning" role="alert">
      <TriangleAlert aria-hidden size={20} />
      <div>
        <p className="note-title">{title}</p>
        {children}
      </div>
    </div>
  );
}

/** Somebody else has saved the schedule since this form was opened. */
export function StaleNote({ onLoad }: { onLoad: () => Promise<unknown> }) {
  const { t } = useTranslation('schedules');
  return (
    <Note title={t('stale.title')}>
      <p>{t('stale.text')}</p>
      <Button size="small" onPress={() => void onLoad()}>
        {t('stale.load')}
      </Button>
    </Note>
  );
}

interface JoinedProps {
  joined: Joined;
  onTakeTheirs: () => void;
}

/** What came in from somebody else, and where it stands against what was typed. */
export function JoinedNote({ joined: { theirs, clashes }, onTakeTheirs }: JoinedProps) {
  const { t, i18n } = useTranslation('schedules');
  const list = (fields: DraftField[]) =>
    new Intl.ListFormat(i18n.language).format(fields.map((field) => t(`field.${field}`)));
  return (
    <Note title={t('joined.title')}>
      <p>{theirs.length === 0 ? t('joined.none') : t('joined.theirs', { fields: list(theirs) })}</p>
      {clashes.length > 0 && (
        <>
          <p>{t('joined.clashes', { fields: list(clashes) })}</p>
          <Button size="small" onPress={onTakeTheirs}>
            {t('joined.take')}
          </Button>
        </>
      )}
    </Note>
  );
}
