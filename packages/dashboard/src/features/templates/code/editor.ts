/** CodeMirror with what a template needs: chips, completion after `{{`, closing brackets, marks of our own lint. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  type CompletionContext,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { html } from '@codemirror/lang-html'
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint'
import { Compartment, EditorState } from '@codemirror/state'
import {
  Decoration,
  drawSelection,
  EditorView,
  keymap,
  lineNumbers,
  MatchDecorator,
  placeholder,
  ViewPlugin,
  type DecorationSet,
  type ViewUpdate,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'

export interface CodeOptions {
  label: string
  language: 'text' | 'html'
  readonly: boolean
  invalid: boolean
  placeholder: string
  describedby: string | undefined
}

export interface CodeView {
  configure(options: CodeOptions): void
  /** From outside; what is there already is left alone, with its cursor and its undo. */
  write(text: string): void
  mark(marks: readonly Diagnostic[]): void
  insert(text: string): void
  select(at: number, length: number): void
  close(): void
}

export interface CodeHooks {
  text: string
  names: () => readonly string[]
  changed: (text: string) => void
  moved: (at: number) => void
}

export function openEditor(parent: HTMLElement, hooks: CodeHooks): CodeView {
  const options = new Compartment()
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: hooks.text,
      extensions: [
        ...[
          lineNumbers(),
          history(),
          drawSelection(),
          EditorView.lineWrapping,
          EditorState.allowMultipleSelections.of(true),
        ],
        ...[bracketMatching(), closeBrackets(), lintGutter(), chips, theme, syntaxHighlighting(colours)],
        // Taken at once: it is offered only where a line break has no place.
        autocompletion({ override: [(context) => offer(context, hooks.names())], icons: false, interactionDelay: 0 }),
        // No binding of Tab: whoever works with the keyboard alone must get out again.
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
        options.of([]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) hooks.changed(update.state.doc.toString())
          if (update.docChanged || update.selectionSet) hooks.moved(update.state.selection.main.head)
        }),
      ],
    }),
  })
  return {
    configure(given) {
      view.dispatch({ effects: options.reconfigure(extensionsOf(given)) })
    },
    write(text) {
      if (text !== view.state.doc.toString()) {
        view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } })
      }
    },
    mark(marks) {
      const end = view.state.doc.length
      const within = marks.filter(({ from, to }) => from <= to && to <= end)
      view.dispatch(setDiagnostics(view.state, within))
    },
    insert(text) {
      view.dispatch(view.state.replaceSelection(text), { scrollIntoView: true })
      view.focus()
    },
    select(at, length) {
      view.dispatch({ selection: { anchor: at, head: at + length }, scrollIntoView: true })
      view.focus()
    },
    close: () => view.destroy(),
  }
}

function extensionsOf({ label, language, readonly, invalid, placeholder: hint, describedby }: CodeOptions) {
  return [
    language === 'html' ? html({ autoCloseTags: true }) : [],
    EditorState.readOnly.of(readonly),
    placeholder(hint),
    EditorView.contentAttributes.of({
      ...{ 'aria-label': label, 'aria-invalid': String(invalid), spellcheck: 'true' },
      ...(readonly ? { 'aria-readonly': 'true' } : {}),
      ...(describedby ? { 'aria-describedby': describedby } : {}),
    }),
  ]
}

/** Within an open placeholder. The closing braces may stand there already: the editor sets them with the opening ones. */
function offer(context: CompletionContext, names: readonly string[]) {
  const open = context.matchBefore(/\{\{[ \t]*[A-Za-z0-9_]*/)
  if (!open) return null
  const typed = /[A-Za-z0-9_]*$/.exec(open.text)?.[0] ?? ''
  const apply = (view: EditorView, { label }: { label: string }, from: number, to: number) => {
    const after = view.state.sliceDoc(to, to + 2)
    const insert = after === '}}' ? label : `${label}${after.startsWith('}') ? '}' : '}}'}`
    const end = from + label.length + 2
    view.dispatch({ changes: { from, to, insert }, selection: { anchor: end }, userEvent: 'input.complete' })
  }
  return {
    from: context.pos - typed.length,
    // What is being typed is a name by now, too.
    options: names.filter((label) => label !== typed).map((label) => ({ label, type: 'variable', apply })),
    validFor: /^\w*$/,
  }
}

const chip = new MatchDecorator({
  regexp: /\{\{[ \t]*[A-Za-z_][A-Za-z0-9_]{0,63}[ \t]*\}\}/g,
  decoration: Decoration.mark({ class: 'cm-chip' }),
})
const chips = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet
    constructor(view: EditorView) {
      this.decorations = chip.createDeco(view)
    }
    update(update: ViewUpdate) {
      this.decorations = chip.updateDeco(update, this.decorations)
    }
  },
  { decorations: (plugin) => plugin.decorations },
)

const colours = HighlightStyle.define([
  { tag: [tags.tagName, tags.angleBracket], color: 'var(--moving)' },
  { tag: tags.attributeName, color: 'var(--unknown)' },
  { tag: [tags.attributeValue, tags.string], color: 'var(--ok)' },
  { tag: tags.comment, color: 'var(--muted)', fontStyle: 'italic' },
])

const theme = EditorView.theme({
  '&': {
    minHeight: '220px',
    maxHeight: '60vh',
    border: '1px solid var(--outline)',
    borderRadius: 'var(--radius)',
    background: 'var(--panel)',
  },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '1px' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', fontSize: 'var(--text-m)', lineHeight: '1.6' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-content, .cm-gutter': { minHeight: '220px' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { background: 'var(--raised)', color: 'var(--muted)', border: 'none' },
  '.cm-placeholder': { color: 'var(--muted)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--accent) 32%, transparent)',
  },
  '.cm-matchingBracket': { background: 'color-mix(in srgb, var(--accent) 22%, transparent)' },
  '.cm-chip': {
    padding: '1px 2px',
    borderRadius: '4px',
    background: 'color-mix(in srgb, var(--accent) 16%, transparent)',
    outline: '1px solid color-mix(in srgb, var(--accent) 45%, transparent)',
  },
  '.cm-tooltip': {
    border: '1px solid var(--outline)',
    borderRadius: 'var(--radius)',
    background: 'var(--panel)',
    color: 'var(--text)',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--accent)', color: 'var(--on-accent)' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--fail)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn)' },
})
