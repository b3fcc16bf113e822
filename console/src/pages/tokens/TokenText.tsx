import { TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button';
import { Confirm } from '../../ui/Confirm';
import { CopyButton } from '../../ui/CopyButton';
import { FormDialog } from '../../ui/FormDialog';
import './tokens.css';

interface Props {
  name: string;
  text: string;
  onClose: () => void;
}

/** The text of a token that was just made. Only its own buttons close it, and the cross asks if it was not copied. */
export function TokenText({ name, text, onClose }: Props) {
  const { t } = useTranslation('tokens');
  const [isCopied, setCopied] = useState(false);
  const [isAsking, setAsking] = useState(false);
  return (
    <FormDialog isOpen title={t('made.title', { name })} onClose={() => (isCopied ? onClose() : setAsking(true))} isDismissable={false}>
      <div className="note note-warning">
        <TriangleAlert aria-hidden size={20} />
        <p>{t('made.text')}</p>
      </div>
      <div className="token-text">
        {/* It is to be copied, and nothing else: browsers keep what stands in fields, not what stands in a text. */}
        <code onCopy={() => setCopied(true)}>{text}</code>
        <CopyButton label={t('made.copy')} text={text} onCopied={() => setCopied(true)} />
      </div>
      <p className="quiet small">{t('made.use')}</p>
      <div className="actions">
        <Button weight="primary" onPress={onClose}>
          {t('made.close')}
        </Button>
      </div>
      <Confirm
        isOpen={isAsking}
        title={t('made.lose.title')}
        action={t('made.lose.action')}
        back={t('made.lose.back')}
        onConfirm={onClose}
        onClose={() => setAsking(false)}
      >
        <p>{t('made.lose.text')}</p>
      </Confirm>
    </FormDialog>
  );
}
