import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { awaitSession } from '../session/handover';
import { begin } from '../session/session';
import { Button } from '../ui/Button';

/** As large as issuers' pages expect. */
const WINDOW = 'popup,width=520,height=720';

/** Over a page whose session has ended. The page stays as it is, with all that was typed. */
export function SignInAgain({ onGiveUp }: { onGiveUp: () => void }) {
  const { t } = useTranslation();
  const waiting = useRef<ReturnType<typeof awaitSession>>(null);
  const [opened, setOpened] = useState<'not yet' | 'opened' | 'blocked'>('not yet');
  useEffect(() => () => waiting.current?.stop(), []);
  const open = () => {
    waiting.current?.stop();
    waiting.current = awaitSession(begin);
    setOpened(window.open(waiting.current.address, '_blank', WINDOW) === null ? 'blocked' : 'opened');
  };
  return (
    <ModalOverlay className="overlay" isOpen isDismissable={false} isKeyboardDismissDisabled>
      <Modal className="modal">
        <Dialog role="alertdialog" className="dialog">
          <Heading slot="title">{t('ended.title')}</Heading>
          <div className="dialog-text">
            <p>{t('ended.text')}</p>
            <p role="status">{opened !== 'not yet' && t(opened === 'opened' ? 'ended.opened' : 'ended.blocked')}</p>
          </div>
          <div className="actions">
            <Button onPress={onGiveUp}>{t('ended.here')}</Button>
            <Button weight="primary" onPress={open}>
              {t('ending.action')}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
