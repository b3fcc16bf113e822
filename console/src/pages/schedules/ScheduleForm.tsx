import { useCallback, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, LinkButton } from '../../ui/Button';
import { NumberInput, Switch, TextInput } from '../../ui/fields';
import { Panel } from '../../ui/Panel';
import { Refusals } from '../../ui/Refusals';
import { useFirstMarked } from '../../ui/useFirstMarked';
import type { Draft } from './draft';
import { INPUTS, type ComplaintAt } from './fields';
import { KindsPicker } from './KindsPicker';
import { Permissions } from './Permissions';
import { Preview } from './Preview';
import { RecurrenceFields } from './RecurrenceFields';
import './schedules.css';

interface Props {
  draft: Draft;
  /** What the server refused, input by input and beyond. */
  complaints: { at: ComplaintAt; elsewhere: readonly string[]; errors: readonly unknown[] };
  /** What stands above the buttons: what else is to be known before saving. */
  note?: ReactNode;
  /** The words on the button. */
  action: string;
  /** Where one goes without saving. */
  back: string;
  isPending: boolean;
  /** Has to stay the same, or each letter typed draws all kinds anew. */
  onChange: (part: Partial<Draft>) => void;
  onSave: () => void;
}

/** A schedule as it is being written, beside what it will do. */
export function ScheduleForm({ draft, complaints: { at, elsewhere, errors }, note, action, back, isPending, onChange, onSave }: Props) {
  const { t } = useTranslation(['schedules', 'common', 'words']);
  const form = useFirstMarked(errors);
  const isRefused = INPUTS.some((input) => at(input) !== undefined);
  const chooseKinds = useCallback((policyTypes: Draft['policyTypes']) => onChange({ policyTypes }), [onChange]);
  return (
    <form
      ref={form}
      className="schedule-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSave();
      }}
    >
      <div className="stack">
        <Panel title={t('form.basics')}>
          <div className="form">
            <TextInput
              label={t('name')}
              complaint={at('name')}
              maxLength={120}
              isRequired
              validationBehavior="aria"
              value={draft.name}
              onChange={(name) => onChange({ name })}
            />
            <RecurrenceFields
              recurrence={draft.recurrence}
              complaintAt={at}
              onChange={(recurrence) => onChange({ recurrence })}
            />
            <NumberInput
              label={t('form.keepLast')}
              hint={t('form.keepLastHint')}
              complaint={at('retention.keepLast')}
              minValue={1}
              maxValue={365}
              value={draft.keepLast}
              onChange={(keepLast) => onChange({ keepLast: Number.isNaN(keepLast) ? 1 : keepLast })}
            />
            <div className="switches">
              <Switch isSelected={draft.enabled} onChange={(enabled) => onChange({ enabled })}>
                {t('form.enabled')}
              </Switch>
              <Switch
                isSelected={draft.includeAssignments}
                onChange={(includeAssignments) => onChange({ includeAssignments })}
              >
                {t('form.assignments')}
              </Switch>
              <Switch isSelected={draft.includeScopeTags} onChange={(includeScopeTags) => onChange({ includeScopeTags })}>
                {t('form.scopeTags')}
              </Switch>
            </div>
          </div>
        </Panel>
        <Panel title={t('kinds.title')} beside={<span className="quiet">{t('words:kinds', { count: draft.policyTypes.length })}</span>}>
          <KindsPicker
            chosen={draft.policyTypes}
            complaint={at('policyTypes')}
            onChange={chooseKinds}
          />
        </Panel>
      </div>
      <div className="stack schedule-aside">
        <Panel title={t('preview.title')}>
          <Preview recurrence={draft.recurrence} />
        </Panel>
        <Panel title={t('permissions.title')}>
          <Permissions kinds={draft.policyTypes} />
        </Panel>
      </div>
      <div className="schedule-save">
        <Refusals texts={isRefused ? [t('form.refused'), ...elsewhere] : elsewhere} />
        {note}
        <div className="actions">
          <Button type="submit" weight="primary" isPending={isPending}>
            {action}
          </Button>
          <LinkButton to={back}>{t('common:cancel')}</LinkButton>
        </div>
      </div>
    </form>
  );
}
