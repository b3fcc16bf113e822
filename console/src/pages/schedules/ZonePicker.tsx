import { ChevronDown } from 'lucide-react';
import { useContext, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, ComboBox, FieldError, Input, Label, ListBox, ListBoxItem, Popover } from 'react-aria-components';
import { TenantZone } from '../../time/Moment';
import { isFound, zones } from './zones';

interface Props {
  value: string;
  complaint?: string;
  onChange: (zone: string) => void;
}

/** One of all time zones, found by typing a part of its name or offset. */
export function ZonePicker({ value, complaint, onChange }: Props) {
  const { t } = useTranslation('schedules');
  const tenantZone = useContext(TenantZone);
  const [items] = useState(() => zones([value, tenantZone], new Date()));
  return (
    <ComboBox
      className="field"
      value={value}
      defaultItems={items}
      defaultFilter={isFound}
      menuTrigger="focus"
      isInvalid={complaint !== undefined}
      onChange={(key) => {
        // Null while what is typed is no zone: the last one stays until there is another.
        if (typeof key === 'string') {
          onChange(key);
        }
      }}
    >
      <Label>{t('form.timeZone')}</Label>
      <div className="combo">
        <Input />
        <Button className="combo-open">
          <ChevronDown aria-hidden size={16} />
        </Button>
      </div>
      {complaint !== undefined && <FieldError className="complaint">{complaint}</FieldError>}
      <Popover className="popover">
        <ListBox<{ id: string; text: string }> className="list">
          {({ id, text }) => (
            <ListBoxItem id={id} className="list-item" textValue={text}>
              {text}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
