/** The code at one moment, read only, with what was changed last marked. */

import { syntaxHighlighting } from "@codemirror/language";
import { EditorState, type Extension, RangeSetBuilder } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, highlightSpecialChars, lineNumbers } from "@codemirror/view";
import { language, pageNonce } from "../player/editor.js";
import { editorTheme, highlighting } from "../player/editor-theme.js";
import type { Frame } from "./film.js";

/** Pixels that stay between the place of the last change and the edge of the pane. */
const MARGIN = 40;

export class View {
  private readonly view: EditorView;
  private shown = "";

  constructor(place: HTMLElement) {
    place.replaceChildren();
    place.classList.add("is-live");
    // The page's policy asks for the nonce from the first style sheet on.
    this.view = new EditorView({ parent: place, state: EditorState.create({ extensions: EditorView.cspNonce.of(pageNonce()) }) });
  }

  /** Shows a file of a frame. `told` is the moment in words, for the label. */
  show(frame: Frame, path: string, told: string): void {
    if (this.shown === `${frame.step} ${path}`) return;
    this.shown = `${frame.step} ${path}`;
    const text = frame.texts[path] ?? "";
    const edit = frame.edit && path === frame.file ? frame.edit : null;
    const state = EditorState.create({ doc: text, extensions: extensions(path, told, edit) });
    const scroll = this.view.scrollDOM.scrollTop;
    this.view.setState(state);
    this.view.scrollDOM.scrollTop = scroll;
    if (edit) this.reveal(Math.min(edit.to, text.length));
  }

  /** Scrolls the code to a place. CodeMirror's own way would scroll the page along, away from the line of time. */
  private reveal(at: number): void {
    this.view.requestMeasure({
      read: (view) => view.lineBlockAt(Math.min(at, view.state.doc.length)),
      write: (line, { scrollDOM: pane }) => {
        if (line.top < pane.scrollTop + MARGIN) pane.scrollTop = line.top - MARGIN;
        else if (line.bottom > pane.scrollTop + pane.clientHeight - MARGIN) pane.scrollTop = line.bottom - pane.clientHeight + MARGIN;
      },
    });
  }
}

function extensions(path: string, told: string, edit: Frame["edit"]): Extension {
  return [
    EditorView.cspNonce.of(pageNonce()),
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.contentAttributes.of({ tabindex: "0", "aria-label": `${path || "The answer"} at ${told}`, "aria-readonly": "true" }),
    path ? lineNumbers() : EditorView.lineWrapping,
    highlightSpecialChars(),
    language(path),
    editorTheme,
    syntaxHighlighting(highlighting),
    edit ? EditorView.decorations.of((view) => marked(view.state, edit)) : [],
  ];
}

function marked(state: EditorState, edit: { from: number; to: number; how: string }): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  const mark = Decoration.line({ class: edit.how === "p" ? "line-pasted" : "line-new" });
  const first = state.doc.lineAt(Math.min(edit.from, state.doc.length)).number;
  const last = state.doc.lineAt(Math.min(edit.to, state.doc.length)).number;
  for (let number = first; number <= last; number += 1) {
    const { from } = state.doc.line(number);
    builder.add(from, from, mark);
  }
  return builder.finish();
}
