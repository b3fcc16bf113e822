/** Inputs with a label, a hint and a complaint. */

import { Check, ChevronDown, Search } from 'lucide-react';
import {
  Button as AriaButton,
  CheckboxButton,
  CheckboxField,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  NumberField,
  Popover,
  SearchField,
  Select as AriaSelect,
  SelectValue,
  SwitchButton,
  SwitchField,
  Text,
  TextArea,
  TextField,
  type CheckboxFieldProps,
  type NumberFieldProps,
  type SwitchFieldProps,
  type TextFieldProps,
} from 'react-aria-components';
import type { ReactNode } from 'react';

interface Around {
  label: string;
  hint?: string;
  /** What is wrong with the value. */
  complaint?: string;
}

function Below({ hint }: { hint: string | undefined }) {
  return (
    <>
      {hint !== undefined && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="complaint" />
    </>
  );
}

interface TextInputProps extends Around, Omit<TextFieldProps, 'className' | 'children'> {
  placeholder?: string;
  /** More than one line of text. */
  lines?: number;
}

export function TextInput({ label, hint, complaint, placeholder, lines, ...props }: TextInputProps) {
  return (
    <TextField {...props} className="field" isInvalid={complaint !== undefined}>
      <Label>{label}</Label>
      {lines === undefined ? <Input placeholder={placeholder} /> : <TextArea rows={lines} placeholder={placeholder} />}
      {complaint !== undefined && <FieldError className="complaint">{complaint}</FieldError>}
      {complaint === undefined && <Below hint={hint} />}
    </TextField>
  );
}

interface NumberInputProps extends Around, Omit<NumberFieldProps, 'className' | 'children'> {
  className?: string;
}

export function NumberInput({ label, hint, complaint, ...props }: NumberInputProps) {
  return (
    <NumberField {...props} className="field" isInvalid={complaint !== undefined}>
      <Label>{label}</Label>
      <Input />
      {complaint !== undefined && <FieldError className="complaint">{complaint}</FieldError>}
      {complaint === undefined && <Below hint={hint} />}
    </NumberField>
  );
}

export interface Option<Value extends string> {
  value: Value;
  text: string;
}

interface ChoiceProps<Value extends string> extends Around {
  options: readonly Option<Value>[];
  value: Value;
  onChange: (value: Value) => void;
  isDisabled?: boolean;
}

/** One of a few. */
export function Choice<Value extends string>({ label, hint, complaint, options, value, onChange, isDisabled }: ChoiceProps<Value>) {
  return (
    <AriaSelect
      className="field"
      isDisabled={isDisabled}
      isInvalid={complaint !== undefined}
      value={value}
      onChange={(key) => {
        const chosen = options.find((option) => option.value === key);
        if (chosen !== undefined) {
          onChange(chosen.value);
        }
      }}
    >
      <Label>{label}</Label>
      <AriaButton className="select">
        <SelectValue />
        <ChevronDown aria-hidden size={16} />
      </AriaButton>
      {complaint !== undefined && <FieldError className="complaint">{complaint}</FieldError>}
      {complaint === undefined && <Below hint={hint} />}
      <Popover className="popover">
        <ListBox className="list" items={options.map((option) => ({ id: option.value, text: option.text }))}>
          {(option) => (
            <ListBoxItem className="list-item" textValue={option.text}>
              {option.text}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

export function Checkbox({ children, ...props }: Omit<CheckboxFieldProps, 'children' | 'className'> & { children: ReactNode }) {
  return (
    <CheckboxField {...props}>
      <CheckboxButton className="check">
        {({ isSelected, isIndeterminate }) => (
          <>
            <span className="check-box" aria-hidden>
              {isSelected && !isIndeterminate && <Check size={14} strokeWidth={3} />}
              {isIndeterminate && <span className="check-dash" />}
            </span>
            <span>{children}</span>
          </>
        )}
      </CheckboxButton>
    </CheckboxField>
  );
}

export function Switch({ children, ...props }: Omit<SwitchFieldProps, 'children' | 'className'> & { children: ReactNode }) {
  return (
    <SwitchField {...props}>
      <SwitchButton className="switch">
        <span className="switch-track" aria-hidden>
          <span className="switch-knob" />
        </span>
        <span>{children}</span>
      </SwitchButton>
    </SwitchField>
  );
}

interface FinderProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** A field to search with. Its label is for screen readers; the magnifier says it to others. */
export function Finder({ label, value, onChange }: FinderProps) {
  return (
    <SearchField className="finder" aria-label={label} value={value} onChange={onChange}>
      <Search aria-hidden size={16} />
      <Input placeholder={label} maxLength={120} />
      <AriaButton className="finder-clear">×</AriaButton>
    </SearchField>
  );
}
