/** The editor's look, from the design tokens: light and dark come with them. */

import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export const editorTheme = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--surface)", height: "100%", fontSize: "var(--text-sm)" },
  "&.cm-focused": { outline: "none" }, // .editor-place shows the focus
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", fontVariantLigatures: "none", overflow: "auto" },
  ".cm-content": { padding: "var(--s2) 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 var(--s4) 0 var(--s2)" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--ink-3)", border: "0" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 var(--s2) 0 var(--s3)", minWidth: "2.5rem" },
  ".cm-gutter-lint": { width: "1rem" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "0 0 0 .2rem" },
  ".cm-lint-marker": { width: ".75rem", height: "1.3em", content: "none" },
  ".cm-lint-marker-error": {
    content: "none",
    background: "radial-gradient(circle, var(--fail) 45%, transparent 50%) center / .6rem .6rem no-repeat",
  },
  ".cm-lint-marker-warning": {
    content: "none",
    background: "linear-gradient(var(--warn), var(--warn)) center / .5rem .5rem no-repeat",
  },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--hover) 70%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--hover)", color: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--accent) 24%, transparent)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--selected)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--selected)", outline: "1px solid var(--accent-line)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--fail-soft)", outline: "1px solid var(--fail-line)" },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)", outline: "1px solid var(--warn-line)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--selected)", outline: "1px solid var(--accent)" },
  ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panel.cm-search": { fontFamily: "var(--sans)", fontSize: "var(--text-sm)", padding: "var(--s2) 2rem var(--s2) var(--s3)" },
  ".cm-panel.cm-search label": { fontSize: "var(--text-xs)", whiteSpace: "nowrap" },
  ".cm-panel.cm-search [name=close]": { fontSize: "1.25rem", padding: "0 var(--s2)", color: "var(--ink-2)" },
  ".cm-textfield": {
    border: "1px solid var(--line-control)",
    borderRadius: "var(--radius)",
    backgroundColor: "var(--surface)",
    fontSize: "var(--text-sm)",
    padding: ".2rem .4rem",
  },
  ".cm-button": {
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius)",
    background: "var(--surface)",
    color: "var(--ink)",
    fontSize: "var(--text-xs)",
    padding: ".2rem .5rem",
  },
  ".cm-button:hover": { background: "var(--hover)" },
  ".cm-tooltip": {
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius)",
    backgroundColor: "var(--raised)",
    color: "var(--ink)",
    boxShadow: "var(--shadow-float)",
    fontFamily: "var(--sans)",
    fontSize: "var(--text-sm)",
    maxWidth: "min(30rem, 90vw)",
  },
  ".cm-diagnostic": { padding: "var(--s1) var(--s3)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--fail)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--fail) 1px", textUnderlineOffset: ".25em" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--warn) 1px", textUnderlineOffset: ".25em" },
  ".cm-specialChar": { color: "var(--fail)" },
});

export const highlighting = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.bool, tags.null, tags.self], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp, tags.attributeValue], color: "var(--code-string)" },
  { tag: [tags.number, tags.unit, tags.color], color: "var(--code-number)" },
  {
    tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className), tags.className, tags.tagName, tags.meta],
    color: "var(--code-name)",
  },
  { tag: [tags.attributeName, tags.propertyName], color: "var(--ink)" },
  { tag: [tags.comment, tags.docComment], color: "var(--code-comment)", fontStyle: "italic" },
  { tag: tags.invalid, color: "var(--fail)" },
]);
