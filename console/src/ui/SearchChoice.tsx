import { ChevronDown, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, ComboBox, FieldError, Group, Input, Label, ListBox, ListBoxItem, Popover, Text } from 'react-aria-components';

export interface Found {
  value: string;
  text: string;
  /** What tells two of the same name apart. */
  more?: string;
}

/** How long one may pause while typing. */
const PAUSE = 250;

interface Props {
  label: string;
  hint?: string;
  complaint?: string;
  /** What was chosen; null for none. */
  chosen: Found | null;
  /** What the typed text has found. */
  found: readonly Found[];
  /** What stands there when nothing is chosen. */
  placeholder: string;
  /** What is typed, to look for it, a moment later. */
  onType: (text: string) => void;
  onChoose: (chosen: Found | null) => void;
}

/** One of many, found by typing a part of its name. */
export function SearchChoice({ label, hint, complaint, chosen, found, placeholder, onType, onChoose }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(chosen?.text ?? '');
  const [picked, setPicked] = useState(chosen);
  const [told, setTold] = useState(chosen);
  const [turn, setTurn] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  if (told?.value !== chosen?.value || told?.text !== chosen?.text) {
    setTold(chosen);
    const isOwn = picked?.value === chosen?.value && picked?.text !== picked?.value;
    if (!isOwn) {
      // Back, or a link, or its name is known now. The field begins anew, lest its list opens.
      setPicked(chosen);
      setTyped(chosen?.text ?? '');
      setTurn(turn + 1);
    }
  }
  const choose = (choice: Found | null) => {
    setPicked(choice);
    setTyped(choice?.text ?? '');
    onChoose(choice);
  };
  // With a choice in the field, others can be looked through without emptying it first.
  const wanted = typed === picked?.text ? '' : typed.trim();
  useEffect(() => {
    const timer = setTimeout(() => onType(wanted), PAUSE);
    return () => clearTimeout(timer);
  }, [wanted, onType]);
  return (
    <ComboBox
      key={turn}
      className="field"
      allowsEmptyCollection
      menuTrigger="focus"
      isInvalid={complaint !== undefined}
      items={found.map(({ value, ...rest }) => ({ id: value, ...rest }))}
      inputValue={typed}
      onInputChange={setTyped}
      value={picked?.value ?? null}
      onChange={(key) => {
        const choice = found.find(({ value }) => value === key) ?? null;
        if (choice !== null || typed === '') {
          choose(choice);
        }
      }}
    >
      <Label>{label}</Label>
      <Group className="combo">
        <Input ref={input} placeholder={placeholder} />
        {picked !== null && (
          <Button
            slot={null}
            className="combo-clear"
            aria-label={t('clear', { name: label })}
            onPress={() => {
              choose(null);
              input.current?.focus();
            }}
          >
            <X aria-hidden size={16} />
          </Button>
        )}
        <Button className="combo-open">
          <ChevronDown aria-hidden size={16} />
        </Button>
      </Group>
      {complaint !== undefined && <FieldError className="complaint">{complaint}</FieldError>}
      {complaint === undefined && hint !== undefined && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <Popover className="popover">
        <ListBox<{ id: string; text: string; more?: string }>
          className="list"
          renderEmptyState={() => <p className="list-empty">{t('noneFound')}</p>}
        >
          {({ text, more }) => (
            <ListBoxItem className="list-item" textValue={text}>
              <span>{text}</span>
              {more !== undefined && <span className="quiet small">{more}</span>}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
