import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button';
import { CopyButton } from '../ui/CopyButton';
import { decoded } from './texts';

/** More would make the page slow, and nobody reads it here. */
const MOST = 20_000;

/** A text with lines of its own; one in base64 is shown as what it says. */
export function LongText({ text }: { text: string }) {
  const { t } = useTranslation('json');
  const meaning = decoded(text);
  const [isAsStored, setAsStored] = useState(false);
  const shown = meaning === null || isAsStored ? text : meaning;
  return (
    <div className="json-long">
      <div className="json-long-tools">
        {meaning !== null && (
          <Button size="small" weight="quiet" onPress={() => setAsStored(!isAsStored)}>
            {t(isAsStored ? 'showDecoded' : 'showStored')}
          </Button>
        )}
        <CopyButton label={t('copyText')} text={shown} />
      </div>
      <pre>{shown.slice(0, MOST)}</pre>
      {shown.length > MOST && <p className="quiet small">{t('textCut')}</p>}
    </div>
  );
}
