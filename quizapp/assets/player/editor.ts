/** The code editor: one CodeMirror view, one state per file, so that every file keeps its own undo history. */

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { css } from "@codemirror/lang-css";
import { html } from "@codemirror/lang-html";
import { javascript } from "@codemirror/lang-javascript";
import { pythonLanguage } from "@codemirror/lang-python";
import { sql } from "@codemirror/lang-sql";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput, indentUnit, LanguageSupport, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { type ChangeSet, EditorSelection, EditorState, type Extension, Prec, type Transaction } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { styleTags, tags } from "@lezer/highlight";
import { announce } from "./dom.js";
import type { Edited } from "../recording/recorder.js";
import { editorTheme, highlighting } from "./editor-theme.js";
import type { Files } from "./types.js";

export interface Mark {
  file: string;
  line: number;
  column?: number;
  message: string;
  severity: "error" | "warning";
}

interface Hooks {
  changed(): void;
  submit(): void;
  moved(line: number, column: number): void;
}

/** The grammar marks only the @ of a decorator; its name is what one looks for. */
const pythonWithDecorators = pythonLanguage.configure({
  props: [styleTags({ "Decorator/VariableName": tags.meta })],
});

/** How long Escape lets the next Tab leave the editor. */
const LEAVE_WITHIN = 10_000;

export class Editor {
  readonly view: EditorView;
  private readonly states = new Map<string, EditorState>();
  private readonly readOnly: Set<string>;
  private marked = new Set<string>();
  private isReplacing = false;
  current: string;

  constructor(
    place: HTMLElement,
    private readonly files: string[],
    texts: Files,
    samples: Files,
    private readonly hooks: Hooks,
  ) {
    this.readOnly = new Set(Object.keys(samples).filter((path) => !files.includes(path)));
    for (const path of files) this.states.set(path, this.stateFor(path, texts[path] ?? ""));
    for (const path of this.readOnly) this.states.set(path, this.stateFor(path, samples[path] ?? ""));
    this.current = files[0] ?? "";
    this.view = new EditorView({ parent: place, state: this.state(this.current) });
  }

  /** The texts of the files that belong to the answer. */
  texts(): Files {
    this.keep();
    return Object.fromEntries(this.files.map((path) => [path, this.state(path).doc.toString()]));
  }

  /** Shows a file. */
  open(path: string): void {
    if (!this.states.has(path) || path === this.current) return;
    this.keep();
    this.current = path;
    this.view.setState(this.state(path));
    this.tellPlace();
    document.dispatchEvent(new CustomEvent("answer-file-shown", { detail: path }));
  }

  /** Replaces texts; each replacement is one step that can be undone. */
  replace(texts: Files): void {
    this.keep();
    for (const path of this.files) {
      const text = texts[path];
      const state = this.state(path);
      if (text === undefined || text === state.doc.toString()) continue;
      const changes = { from: 0, to: state.doc.length, insert: text };
      const transaction = state.update({ changes, userEvent: "input.replace" });
      this.isReplacing = true;
      if (path === this.current) this.view.dispatch(transaction);
      else {
        this.states.set(path, transaction.state);
        this.tellEdits(path, transaction.changes, transaction.state, [transaction]);
      }
      this.isReplacing = false;
    }
    this.keep();
    this.hooks.changed();
  }

  /** Goes to a line of a file and puts the cursor there. */
  goTo(path: string, line: number, column = 0): void {
    this.open(path);
    const { doc } = this.view.state;
    const target = doc.line(Math.min(Math.max(1, line), doc.lines));
    const at = Math.min(target.from + Math.max(0, column - 1), target.to);
    this.view.dispatch({
      selection: EditorSelection.cursor(at),
      effects: EditorView.scrollIntoView(at, { y: "center" }),
    });
    this.view.focus();
  }

  /** Marks lines in the gutter and the text; what was marked before goes. */
  mark(marks: Mark[]): void {
    this.keep();
    const files = new Set([...this.marked, ...marks.map((mark) => mark.file)]);
    this.marked = new Set(marks.map((mark) => mark.file));
    for (const path of files) {
      const state = this.states.get(path);
      if (!state) continue;
      const diagnostics = marks.filter((mark) => mark.file === path).map((mark) => diagnostic(state, mark));
      const change = setDiagnostics(state, diagnostics);
      if (path === this.current) this.view.dispatch(change);
      else this.states.set(path, state.update(change).state);
    }
  }

  focus(): void {
    this.view.focus();
  }

  private state(path: string): EditorState {
    const state = this.states.get(path);
    if (!state) throw new Error(`There is no file ${path}`);
    return state;
  }

  private keep(): void {
    if (this.current && this.view) this.states.set(this.current, this.view.state);
  }

  private tellPlace(): void {
    const head = this.view.state.selection.main.head;
    const line = this.view.state.doc.lineAt(head);
    this.hooks.moved(line.number, head - line.from + 1);
  }

  /** Says what was changed, for whoever records it. */
  private tellEdits(path: string, changes: ChangeSet, state: EditorState, by: readonly Transaction[]): void {
    const edits: Edited["edits"] = [];
    changes.iterChanges((fromA, toA, fromB, _toB, inserted) => {
      edits.push({ from: fromB, removed: toA - fromA, inserted: inserted.toString() });
    });
    const isPasted = by.some((one) => one.isUserEvent("input.paste") || one.isUserEvent("input.drop"));
    const how = this.isReplacing ? "replaced" : isPasted ? "pasted" : "typed";
    const detail: Edited = { path, edits, how, text: () => state.doc.toString() };
    document.dispatchEvent(new CustomEvent("answer-edited", { detail }));
  }

  private stateFor(path: string, text: string): EditorState {
    const isReadOnly = this.readOnly.has(path);
    const label = isReadOnly ? `${path}, visible tests, read only` : `${path}, editor. Escape, then Tab leaves it.`;
    return EditorState.create({
      doc: text,
      extensions: [
        EditorView.cspNonce.of(pageNonce()),
        EditorView.domEventHandlers({ beforeinput: typeOver }),
        EditorView.contentAttributes.of({ tabindex: "0", "aria-label": label, spellcheck: "false", "data-editor": path }),
        Prec.high(keymap.of(this.ownKeys())),
        lineNumbers(),
        highlightActiveLineGutter(),
        highlightActiveLine(),
        highlightSpecialChars(),
        drawSelection(),
        history(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        highlightSelectionMatches(),
        search({ top: true }),
        lintGutter(),
        EditorState.tabSize.of(4),
        indentUnit.of(/\.(html?|css|js|ya?ml)$/.test(path) ? "  " : "    "),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, indentWithTab]),
        language(path),
        editorTheme,
        syntaxHighlighting(highlighting),
        isReadOnly ? EditorState.readOnly.of(true) : [],
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !isReadOnly) {
            this.hooks.changed();
            this.tellEdits(path, update.changes, update.state, update.transactions);
          }
          if (update.selectionSet || update.docChanged) this.tellPlace();
        }),
      ],
    });
  }

  private ownKeys(): { key: string; run: (view: EditorView) => boolean; preventDefault?: boolean }[] {
    return [
      {
        key: "Mod-Enter",
        run: () => {
          this.hooks.submit();
          return true;
        },
      },
      {
        key: "Escape",
        run: (view) => {
          // Later keys still see Escape (it closes the search panel); this only opens the way out.
          window.setTimeout(() => view.setTabFocusMode(LEAVE_WITHIN), 0);
          announce("Tab leaves the editor now.");
          return false;
        },
      },
    ];
  }
}

/**
 * Types over a selection by ourselves. The browser would keep the colour of what it replaces with a style attribute,
 * which the page's policy refuses with a complaint.
 */
function typeOver(event: InputEvent, view: EditorView): boolean {
  const { main } = view.state.selection;
  const text = event.data;
  if (event.inputType !== "insertText" || !text || main.empty || view.composing) return false;
  const insert = (): Transaction =>
    view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
  if (!view.state.readOnly) {
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some((handle) => handle(view, main.from, main.to, text, insert))) view.dispatch(insert());
  }
  return true;
}

function diagnostic(state: EditorState, mark: Mark): Diagnostic {
  const line = state.doc.line(Math.min(Math.max(1, mark.line), state.doc.lines));
  const indent = line.text.length - line.text.trimStart().length;
  const from = mark.column && mark.column <= line.length ? line.from + mark.column - 1 : line.from + indent;
  return { from: Math.min(from, line.to), to: line.to, severity: mark.severity, message: mark.message };
}

/** Gives the grammar of a file, by its name. */
export function language(path: string): Extension {
  if (path.endsWith(".py")) return new LanguageSupport(pythonWithDecorators);
  if (/\.(html?|jinja2?|j2)$/.test(path)) return html();
  if (path.endsWith(".css")) return css();
  if (path.endsWith(".js")) return javascript();
  if (path.endsWith(".sql")) return sql();
  if (/\.ya?ml$/.test(path)) return yaml();
  return [];
}

/** The nonce of this page: the editor's style sheet is made by a script, and the page's policy asks for it. */
export function pageNonce(): string {
  return document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? "";
}
