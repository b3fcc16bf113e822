import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from 'react-aria-components';
import { tell } from './notices';

interface Props {
  /** What it copies, for screen readers: “Copy the path”. */
  label: string;
  text: string;
  onCopied?: () => void;
}

/** Puts a text into the clipboard, and says so. */
export function CopyButton({ label, text, onCopied }: Props) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState<string | null>(null);
  const isCopied = copied === text;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(text);
      onCopied?.();
      tell({ kind: 'done', text: t('copy.done') });
    } catch {
      // Browsers refuse it on pages without TLS.
      tell({ kind: 'refused', text: t('copy.refused'), details: [] });
    }
  };
  return (
    <Button className="icon-button copy" aria-label={label} onPress={copy}>
      {isCopied ? <Check aria-hidden size={14} /> : <Copy aria-hidden size={14} />}
    </Button>
  );
}
