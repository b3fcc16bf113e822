import { useTranslation } from 'react-i18next';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Button } from '../ui/Button';
import { useSignInWindow } from './useSignInWindow';

interface Props {
  /** Whether an API token has ended: no other one is the same, so nothing goes on. */
  isOfToken: boolean;
  onGiveUp: () => void;
}

/** Over a page whose session has ended. For the same person the page stays as it is, with all that was typed. */
export function SignInAgain({ isOfToken, onGiveUp }: Props) {
  const { t } = useTranslation();
  const { opened, open } = useSignInWindow();
  return (
    <ModalOverlay className="overlay" isOpen isDismissable={false} isKeyboardDismissDisabled>
      <Modal className="modal">
        <Dialog role="alertdialog" className="dialog">
          <Heading slot="title">{t('ended.title')}</Heading>
          <div className="dialog-text">
            <p>{t(isOfToken ? 'ended.textOfToken' : 'ended.text')}</p>
            <p role="status">{opened !== 'not yet' && t(opened === 'opened' ? 'ended.opened' : 'ended.blocked')}</p>
          </div>
          <div className="actions">
            <Button onPress={onGiveUp}>{t(isOfToken ? 'ended.hereOfToken' : 'ended.here')}</Button>
            <Button weight="primary" onPress={open}>
              {t('ending.action')}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
