import { Check, ChevronDown } from 'lucide-react';
import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue } from 'react-aria-components';
import type { Option } from './fields';

interface Props<Value extends string> {
  label: string;
  options: readonly Option<Value>[];
  values: readonly Value[];
  /** What none of them means, such as “All kinds”. */
  none: string;
  /** How more than one are told, such as “3 kinds”. */
  several: (count: number) => string;
  onChange: (values: Value[]) => void;
}

/** Some of a few, as a filter has them. None means all. */
export function Choices<Value extends string>({ label, options, values, none, several, onChange }: Props<Value>) {
  return (
    <Select
      className="field"
      selectionMode="multiple"
      value={values}
      onChange={(keys) => onChange(options.map(({ value }) => value).filter((value) => keys.includes(value)))}
    >
      <Label>{label}</Label>
      <Button className="select">
        <SelectValue>
          {({ selectedText }) => (values.length === 0 ? none : values.length === 1 ? selectedText : several(values.length))}
        </SelectValue>
        <ChevronDown aria-hidden size={16} />
      </Button>
      <Popover className="popover">
        <ListBox className="list" items={options.map(({ value, text }) => ({ id: value, text }))}>
          {({ text }) => (
            <ListBoxItem className="list-item" textValue={text}>
              {({ isSelected }) => (
                <>
                  <span className="list-mark">{isSelected && <Check aria-hidden size={16} />}</span>
                  {text}
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}
