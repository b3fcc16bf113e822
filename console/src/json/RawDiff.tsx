import { getChunks, goToNextChunk, goToPreviousChunk, MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorView } from '@codemirror/view';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button';
import { Switch } from '../ui/fields';
import { DIFF_THEME } from './diffTheme';
import { editor, shadowOf } from './editor';
import './json.css';
import { usePhrases } from './usePhrases';
import { useIsNarrow } from '../ui/useIsNarrow';

interface Side {
  /** What it is, for screen readers and above it. */
  label: string;
  text: string;
}

interface Props {
  before: Side;
  after: Side;
}

const COLLAPSED = { margin: 3, minSize: 6 };
/** Documents that have little in common are compared for no longer than this. */
const DIFF = { scanLimit: 2_000, timeout: 1_500 };

/** Two texts side by side, or one below the other where there is no room. */
export function RawDiff({ before, after }: Props) {
  const { t } = useTranslation('json');
  const phrases = usePhrases();
  const isNarrow = useIsNarrow();
  const [isWhole, setWhole] = useState(false);
  const host = useRef<HTMLDivElement>(null);
  const later = useRef<EditorView>(null);
  useEffect(() => {
    if (host.current === null) {
      return;
    }
    const root = shadowOf(host.current);
    const collapseUnchanged = isWhole ? undefined : COLLAPSED;
    const shared = (label: string) => [editor(label, phrases), DIFF_THEME];
    if (isNarrow) {
      const unified = unifiedMergeView({
        original: before.text,
        mergeControls: false,
        collapseUnchanged,
        diffConfig: DIFF,
      });
      const view = new EditorView({ root, parent: root, doc: after.text, extensions: [shared(after.label), unified] });
      later.current = view;
      return () => view.destroy();
    }
    const view = new MergeView({
      root,
      parent: root,
      a: { doc: before.text, extensions: shared(before.label) },
      b: { doc: after.text, extensions: shared(after.label) },
      collapseUnchanged,
      diffConfig: DIFF,
    });
    later.current = view.b;
    return () => view.destroy();
  }, [before.label, before.text, after.label, after.text, phrases, isNarrow, isWhole]);
  const go = (to: typeof goToNextChunk) => {
    const view = later.current;
    if (view !== null && (getChunks(view.state)?.chunks.length ?? 0) > 0) {
      to(view);
    }
  };
  return (
    <div className="json">
      <div className="json-tools">
        <Button size="small" onPress={() => go(goToPreviousChunk)}>
          <ArrowUp aria-hidden size={14} /> {t('previousChange')}
        </Button>
        <Button size="small" onPress={() => go(goToNextChunk)}>
          <ArrowDown aria-hidden size={14} /> {t('nextChange')}
        </Button>
        <Switch isSelected={isWhole} onChange={setWhole}>
          {t('showUnchanged')}
        </Switch>
      </div>
      <div className="raw-heads" aria-hidden>
        {!isNarrow && <span>{before.label}</span>}
        <span>{isNarrow ? `${before.label} → ${after.label}` : after.label}</span>
      </div>
      <div ref={host} className="raw" />
    </div>
  );
}
