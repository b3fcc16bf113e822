import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button as AriaButton, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';

interface Props {
  isOpen: boolean;
  title: string;
  onClose: () => void;
  /** A click beside it or the Escape key closes it, unless something would be lost by that. */
  isDismissable?: boolean;
  children: ReactNode;
}

/** A dialog over the page. Focus stays inside, and returns to where it came from. */
export function FormDialog({ isOpen, title, onClose, isDismissable = true, children }: Props) {
  const { t } = useTranslation();
  return (
    <ModalOverlay
      className="overlay"
      isDismissable={isDismissable}
      isKeyboardDismissDisabled={!isDismissable}
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
    >
      <Modal className="modal">
        <Dialog className="dialog">
          <div className="dialog-head">
            <Heading slot="title">{title}</Heading>
            <AriaButton slot="close" className="icon-button" aria-label={t('close')}>
              <X aria-hidden size={18} />
            </AriaButton>
          </div>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
