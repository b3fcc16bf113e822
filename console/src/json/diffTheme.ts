import { EditorView } from '@codemirror/view';

const GONE = { backgroundColor: 'var(--bad-soft)' };
const NEW = { backgroundColor: 'var(--good-soft)' };

/** What is gone and what is new. Beside the colours, a side or a line through tells which is which. */
export const DIFF_THEME = EditorView.theme({
  '&.cm-merge-a .cm-changedLine, .cm-deletedChunk': GONE,
  '&.cm-merge-b .cm-changedLine, .cm-inlineChangedLine': NEW,
  '&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText': {
    background: 'none',
    textDecoration: 'underline 2px var(--bad)',
    textUnderlineOffset: '3px',
  },
  '.cm-deletedChunk': { textDecoration: 'line-through', paddingLeft: '6px' },
  '&.cm-merge-b .cm-changedText, .cm-changedText': {
    background: 'none',
    textDecoration: 'underline 2px var(--good)',
    textUnderlineOffset: '3px',
  },
  '&.cm-merge-a .cm-changedLineGutter, .cm-deletedLineGutter': { background: 'var(--bad)' },
  '&.cm-merge-b .cm-changedLineGutter, .cm-inlineChangedLineGutter': { background: 'var(--good)' },
  '.cm-collapsedLines': { color: 'var(--quiet)', background: 'var(--sunken)' },
  // The signs that the package puts around it are in few fonts.
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: '"···"' },
});
