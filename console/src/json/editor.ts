/**
 * What the editors that show raw JSON have in common. They only show, so they can be focused and
 * searched, and not written in.
 */

import { json } from '@codemirror/lang-json';
import { codeFolding, foldGutter, foldKeymap, syntaxTree } from '@codemirror/language';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, RangeSetBuilder, type Extension } from '@codemirror/state';
import { Decoration, EditorView, keymap, lineNumbers, ViewPlugin, type DecorationSet, type ViewUpdate } from '@codemirror/view';
import { SEALED } from './value';

/** Names of the grammar's nodes, and what they look like (`THEME`). */
const LOOKS: Partial<Record<string, Decoration>> = {
  PropertyName: Decoration.mark({ class: 'of-name' }),
  String: Decoration.mark({ class: 'of-text' }),
  Number: Decoration.mark({ class: 'of-word' }),
  True: Decoration.mark({ class: 'of-word' }),
  False: Decoration.mark({ class: 'of-word' }),
  Null: Decoration.mark({ class: 'of-word' }),
};
const SEALED_LOOK = Decoration.mark({ class: 'of-secret' });

/** Colours what can be seen. A highlighter by tags would not know a sealed secret from a text. */
function coloured(view: EditorView): DecorationSet {
  const looks = new RangeSetBuilder<Decoration>();
  const isSealed = (from: number, to: number) => view.state.sliceDoc(from, to) === JSON.stringify(SEALED);
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(view.state).iterate({
      from,
      to,
      enter: (node) => {
        const look = LOOKS[node.name];
        if (look !== undefined) {
          looks.add(node.from, node.to, node.name === 'String' && isSealed(node.from, node.to) ? SEALED_LOOK : look);
        }
      },
    });
  }
  return looks.finish();
}

const COLOURS = ViewPlugin.define(
  (view) => ({
    looks: coloured(view),
    update(update: ViewUpdate) {
      if (update.docChanged || update.viewportChanged || syntaxTree(update.startState) !== syntaxTree(update.state)) {
        this.looks = coloured(update.view);
      }
    },
  }),
  { decorations: (plugin) => plugin.looks },
);

/** By the console's tokens, which reach into the editor's shadow. */
const THEME = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--surface)', fontSize: '0.8125rem' },
  '&.cm-focused': { outline: '3px solid var(--accent)', outlineOffset: '-3px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--accent)', outline: 'none' },
  '.cm-gutters': { color: 'var(--quiet)', backgroundColor: 'var(--surface)', borderRight: '1px solid var(--line)' },
  '.cm-foldPlaceholder': { color: 'var(--quiet)', background: 'var(--sunken)', borderColor: 'var(--line)' },
  '.cm-panels': { color: 'var(--text)', backgroundColor: 'var(--sunken)', borderColor: 'var(--line)' },
  '.cm-panels .cm-button': { color: 'var(--text)', background: 'var(--surface)', border: '1px solid var(--edge)' },
  '.cm-panels .cm-textfield': { color: 'var(--text)', background: 'var(--surface)', border: '1px solid var(--edge)' },
  '.cm-panels button[name=close]': { color: 'var(--text)', minWidth: '24px', minHeight: '24px' },
  '.cm-searchMatch': { backgroundColor: 'var(--warning-soft)', outline: '1px solid var(--warning)' },
  '.cm-searchMatch-selected': { backgroundColor: 'var(--active-soft)', outlineColor: 'var(--active)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--neutral-soft)' },
  '.of-name': { color: 'var(--accent-strong)' },
  '.of-text': { color: 'var(--text)' },
  '.of-word': { color: 'var(--active)' },
  '.of-secret': { color: 'var(--neutral)', backgroundColor: 'var(--neutral-soft)', fontStyle: 'italic' },
});

export function editor(label: string, phrases: Record<string, string>): Extension {
  return [
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    // Without this an editor that cannot be written in could not be reached by keyboard.
    EditorView.contentAttributes.of({ tabindex: '0', 'aria-label': label, 'aria-readonly': 'true' }),
    EditorState.phrases.of(phrases),
    EditorView.lineWrapping,
    lineNumbers(),
    codeFolding(),
    foldGutter(),
    json(),
    COLOURS,
    search({ top: true }),
    highlightSelectionMatches(),
    keymap.of([...searchKeymap, ...foldKeymap]),
    THEME,
  ];
}

/**
 * Where an editor draws: a shadow of its element. There its styles are adopted style sheets, while
 * in the page they would be a style element, which the server's policy refuses.
 */
export function shadowOf(host: HTMLElement): ShadowRoot {
  return host.shadowRoot ?? host.attachShadow({ mode: 'open' });
}
