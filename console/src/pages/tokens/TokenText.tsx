import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button';
import { CopyButton } from '../../ui/CopyButton';
import { FormDialog } from '../../ui/FormDialog';
import './tokens.css';

interface Props {
  name: string;
  text: string;
  onClose: () => void;
}

/** The text of a token that was just made. Only its own buttons close it. */
export function TokenText({ name, text, onClose }: Props) {
  const { t } = useTranslation('tokens');
  return (
    <FormDialog isOpen title={t('made.title', { name })} onClose={onClose} isDismissable={false}>
      <div className="note note-warning">
        <TriangleAlert aria-hidden size={20} />
        <p>{t('made.text')}</p>
      </div>
      <div className="token-text">
        {/* It is to be copied, and nothing else: browsers keep what stands in fields, not what stands in a text. */}
        <code>{text}</code>
        <CopyButton label={t('made.copy')} text={text} />
      </div>
      <p className="quiet small">{t('made.use')}</p>
      <div className="actions">
        <Button weight="primary" onPress={onClose}>
          {t('made.close')}
        </Button>
      </div>
    </FormDialog>
  );
}
