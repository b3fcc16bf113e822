import { Lock } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { decoded, isLong } from './texts';
import { SEALED } from './value';

/** As much of a long text as tells which it is. */
const PREVIEW = 70;

interface Props {
  value: null | boolean | number | string;
  /** Whether a long text stands in full below. */
  isShort?: boolean;
}

/** A value that holds no others. */
export function Scalar({ value, isShort = false }: Props) {
  const { t } = useTranslation('json');
  if (value === SEALED) {
    return (
      <span className="json-sealed" title={t('sealedNote')}>
        <Lock aria-hidden size={13} /> {t('sealed')}
      </span>
    );
  }
  if (typeof value !== 'string') {
    return <code className="json-value json-word">{String(value)}</code>;
  }
  if (!isLong(value)) {
    return <code className="json-value json-text">{value === '' ? '""' : value}</code>;
  }
  const text = decoded(value);
  return (
    <span className="json-value">
      {!isShort && <code className="json-text">{(text ?? value).slice(0, PREVIEW)}… </code>}
      <span className="quiet">{t(text === null ? 'characters' : 'decodedText', { count: (text ?? value).length })}</span>
    </span>
  );
}
