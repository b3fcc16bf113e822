import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Button } from './Button';
import { TextInput } from './fields';

interface Props {
  isOpen: boolean;
  title: string;
  /** What will happen, and whether it can be undone. */
  children: ReactNode;
  /** The words on the button: what it does. */
  action: string;
  /** Has to be typed before it can be done. */
  name?: string;
  /** The words on the button that leaves things as they are, where “Cancel” would be unclear. */
  back?: string;
  isPending?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** What was typed lives as long as the dialog is open: a refusal keeps it, closing forgets it. */
function Answer({ action, name, back, isPending, onConfirm, onClose }: Omit<Props, 'isOpen' | 'title' | 'children'>) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onConfirm();
      }}
    >
      {name !== undefined && (
        <TextInput label={t('confirm.name', { name })} value={typed} onChange={setTyped} autoComplete="off" />
      )}
      <div className="actions">
        <Button onPress={onClose}>{back ?? t('cancel')}</Button>
        <Button type="submit" weight="danger" isPending={isPending} isDisabled={name !== undefined && typed.trim() !== name}>
          {action}
        </Button>
      </div>
    </form>
  );
}

/** Asks before something that is hard to take back. */
export function Confirm({ isOpen, title, children, ...answer }: Props) {
  return (
    <ModalOverlay className="overlay" isDismissable isOpen={isOpen} onOpenChange={(open) => !open && answer.onClose()}>
      <Modal className="modal">
        <Dialog role="alertdialog" className="dialog">
          <Heading slot="title">{title}</Heading>
          <div className="dialog-text">{children}</div>
          <Answer {...answer} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
