import { ChevronDown } from 'lucide-react';
import { useContext, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, ComboBox, FieldError, Group, Input, Label, ListBox, ListBoxItem, Popover } from 'react-aria-components';
import { TenantZone } from '../../time/Moment';
import { isMeant, zones, zoneText } from './zones';

/** There are more than four hundred zones: as many as this are listed, and typing finds the others. */
const MOST = 40;

interface Props {
  value: string;
  complaint?: string;
  onChange: (zone: string) => void;
}

/** One of all time zones, found by typing a part of its name. */
export function ZonePicker({ value, complaint, onChange }: Props) {
  const { t } = useTranslation('schedules');
  const tenantZone = useContext(TenantZone);
  const [now] = useState(() => new Date());
  const [all] = useState(() => zones([value, tenantZone]));
  const chosen = zoneText(value, now);
  const [typed, setTyped] = useState(chosen);
  const [last, setLast] = useState(value);
  if (last !== value) {
    // Another zone was chosen, here or by whoever holds the form.
    setLast(value);
    setTyped(chosen);
  }
  const found = all.filter((zone) => zone !== value && (typed === chosen || isMeant(zone, typed))).slice(0, MOST);
  return (
    <ComboBox
      className="field"
      value={value}
      inputValue={typed}
      // The chosen one is always among them: it is what leaving the field without a choice goes back to.
      items={[value, ...found].map((zone) => ({ id: zone, text: zoneText(zone, now) }))}
      menuTrigger="focus"
      isInvalid={complaint !== undefined}
      onInputChange={setTyped}
      onChange={(key) => {
        if (typeof key === 'string') {
          onChange(key);
        }
      }}
    >
      <Label>{t('form.timeZone')}</Label>
      <Group className="combo">
        <Input />
        <Button className="combo-open">
          <ChevronDown aria-hidden size={16} />
        </Button>
      </Group>
      {complaint !== undefined && <FieldError className="complaint">{complaint}</FieldError>}
      <Popover className="popover">
        <ListBox<{ id: string; text: string }> className="list">
          {({ text }) => (
            <ListBoxItem className="list-item" textValue={text}>
              {text}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
