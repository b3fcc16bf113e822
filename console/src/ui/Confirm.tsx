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
  isPending?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that is hard to take back. */
export function Confirm({ isOpen, title, children, action, name, isPending, onConfirm, onClose }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const close = () => {
    setTyped('');
    onClose();
  };
  return (
    <ModalOverlay className="overlay" isDismissable isOpen={isOpen} onOpenChange={(open) => !open && close()}>
      <Modal className="modal">
        <Dialog role="alertdialog" className="dialog">
          <Heading slot="title">{title}</Heading>
          <div className="dialog-text">{children}</div>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              setTyped('');
              onConfirm();
            }}
          >
            {name !== undefined && (
              <TextInput label={t('confirm.name', { name })} value={typed} onChange={setTyped} autoComplete="off" />
            )}
            <div className="actions">
              <Button onPress={close}>{t('cancel')}</Button>
              <Button type="submit" weight="danger" isPending={isPending} isDisabled={name !== undefined && typed.trim() !== name}>
                {action}
              </Button>
            </div>
          </form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
