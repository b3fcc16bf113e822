import { Ellipsis, type LucideIcon } from 'lucide-react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';

export interface MenuAction {
  id: string;
  text: string;
  icon: LucideIcon;
  onAction: () => void;
}

/** What else can be done with something, behind three dots. */
export function ActionMenu({ label, actions }: { label: string; actions: readonly MenuAction[] }) {
  return (
    <MenuTrigger>
      <Button className="icon-button" aria-label={label}>
        <Ellipsis aria-hidden size={18} />
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu className="list">
          {actions.map(({ id, text, icon: Icon, onAction }) => (
            <MenuItem key={id} className="menu-item" textValue={text} onAction={onAction}>
              <Icon aria-hidden size={16} />
              {text}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
