import { parseTime } from '@internationalized/date';
import { useTranslation } from 'react-i18next';
import { DateInput, DateSegment, FieldError, Label, TimeField, ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import { NumberInput } from '../../ui/fields';
import type { Recurrence } from './draft';
import type { ComplaintAt } from './fields';
import { weekdayName, WEEKDAYS } from './useRecurrenceWords';
import { ZonePicker } from './ZonePicker';

interface Props {
  recurrence: Recurrence;
  complaintAt: ComplaintAt;
  onChange: (recurrence: Recurrence) => void;
}

const FREQUENCIES = ['DAILY', 'WEEKLY'] as const;

/** When a schedule fires. */
export function RecurrenceFields({ recurrence, complaintAt, onChange }: Props) {
  const { t, i18n } = useTranslation('schedules');
  const change = (part: Partial<Recurrence>) => onChange({ ...recurrence, ...part });
  const daysComplaint = complaintAt('recurrence.weekdays');
  const timeComplaint = complaintAt('recurrence.timeOfDay');
  return (
    <>
      <div className="field">
        <span className="field-label">{t('form.frequency')}</span>
        <ToggleButtonGroup
          className="toggles"
          aria-label={t('form.frequency')}
          disallowEmptySelection
          selectedKeys={[recurrence.frequency]}
          onSelectionChange={(keys) => change({ frequency: FREQUENCIES.find((one) => keys.has(one)) ?? 'DAILY' })}
        >
          {FREQUENCIES.map((frequency) => (
            <ToggleButton key={frequency} id={frequency} className="toggle">
              {t(`form.${frequency}`)}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
      </div>
      {recurrence.frequency === 'WEEKLY' && (
        <div className="field" data-invalid={daysComplaint === undefined ? undefined : true}>
          <span className="field-label">{t('form.weekdays')}</span>
          <ToggleButtonGroup
            className="toggles"
            aria-label={t('form.weekdays')}
            selectionMode="multiple"
            selectedKeys={recurrence.weekdays}
            onSelectionChange={(keys) => change({ weekdays: WEEKDAYS.filter((day) => keys.has(day)) })}
          >
            {WEEKDAYS.map((day) => (
              <ToggleButton key={day} id={day} className="toggle" aria-label={weekdayName(i18n.language, day, 'long')}>
                {weekdayName(i18n.language, day, 'short')}
              </ToggleButton>
            ))}
          </ToggleButtonGroup>
          {daysComplaint !== undefined && (
            <span className="complaint" role="alert">
              {daysComplaint}
            </span>
          )}
        </div>
      )}
      <div className="form-row">
        <TimeField
          className="field"
          hourCycle={24}
          granularity="minute"
          shouldForceLeadingZeros
          isInvalid={timeComplaint !== undefined}
          value={parseTime(recurrence.timeOfDay)}
          onChange={(time) => time !== null && change({ timeOfDay: time.toString().slice(0, 5) })}
        >
          <Label>{t('form.timeOfDay')}</Label>
          <DateInput className="time-input">{(segment) => <DateSegment segment={segment} className="time-part" />}</DateInput>
          {timeComplaint !== undefined && <FieldError className="complaint">{timeComplaint}</FieldError>}
        </TimeField>
        <ZonePicker
          value={recurrence.timeZone}
          complaint={complaintAt('recurrence.timeZone')}
          onChange={(timeZone) => change({ timeZone })}
        />
      </div>
      <NumberInput
        label={t('form.spread')}
        hint={t('form.spreadHint')}
        complaint={complaintAt('recurrence.spreadMinutes')}
        minValue={0}
        maxValue={60}
        value={recurrence.spreadMinutes}
        onChange={(spreadMinutes) => change({ spreadMinutes: Number.isNaN(spreadMinutes) ? 0 : spreadMinutes })}
      />
    </>
  );
}
