import { openSearchPanel } from '@codemirror/search';
import { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button';
import { CopyButton } from '../ui/CopyButton';
import { editor, shadowOf } from './editor';
import './json.css';
import { usePhrases } from './usePhrases';

interface Props {
  /** What it shows, for screen readers. */
  label: string;
  text: string;
}

/** JSON as it is. */
export function RawJson({ label, text }: Props) {
  const { t } = useTranslation('json');
  const phrases = usePhrases();
  const host = useRef<HTMLDivElement>(null);
  const shown = useRef<EditorView>(null);
  useEffect(() => {
    if (host.current === null) {
      return;
    }
    const root = shadowOf(host.current);
    const view = new EditorView({ root, parent: root, doc: text, extensions: editor(label, phrases) });
    shown.current = view;
    return () => view.destroy();
  }, [label, text, phrases]);
  return (
    <div className="json">
      <div className="json-tools">
        <Button size="small" onPress={() => shown.current !== null && openSearchPanel(shown.current)}>
          {t('search')}
        </Button>
        <CopyButton label={t('copyAll')} text={text} />
      </div>
      <div ref={host} className="raw" />
    </div>
  );
}
