/** Two versions of one answer: nothing is overwritten until the candidate has chosen, and neither is lost. */

import { announce, clockTime, h, icon, setNotice } from "./dom.js";
import type { Answer } from "./types.js";

export interface Rival {
  answer: Answer | null;
  saved_at: string;
}

/** Shows both ways on, and calls back with the one that was chosen. The notice stays until `dropConflict`. */
export function askWhich(theirs: Rival, versionsUrl: string, choose: (use: "mine" | "theirs") => void): void {
  const keep = h("button", { class: "button button-small button-primary", type: "button" }, "Keep what is here");
  const take = h("button", { class: "button button-small", type: "button" }, "Take the other version");
  keep.addEventListener("click", () => choose("mine"));
  take.addEventListener("click", () => choose("theirs"));
  const compare = h("a", { class: "button button-small button-quiet", href: versionsUrl }, "Compare them");
  setNotice("conflict", {
    tone: "warn",
    icon: "warning",
    title: "This answer was changed elsewhere, too.",
    text:
      `Another tab or machine saved its version at ${clockTime(new Date(theirs.saved_at))}. ` +
      "Nothing is lost: choose which one goes on. The one you do not choose is kept under “Other versions”.",
    actions: [keep, take, compare, ...preview(theirs.answer)],
  });
  announce("This answer was changed elsewhere, too. Choose which version goes on.", "assertive");
}

/** Takes the question away. */
export function dropConflict(): void {
  setNotice("conflict", null);
}

/** The other version, where a few lines can show it: the texts of it, or the options that it chose. */
function preview(answer: Answer | null): HTMLElement[] {
  const shown = answer?.options ? chosen(answer.options) : written(answer);
  if (!shown) return [];
  return [h("details", { class: "fold" }, h("summary", {}, icon("right"), "Show the other version"), shown)];
}

function written(answer: Answer | null): HTMLElement | null {
  const text = answer?.files
    ? Object.entries(answer.files).map(([path, source]) => `# ${path}\n${source}`).join("\n\n")
    : answer?.text;
  if (text === undefined) return null;
  return h("pre", { class: "code-pane other-version", tabindex: "0", role: "region", "aria-label": "The other version" }, text);
}

/** Options as the page shows them; null where this page has none. */
function chosen(options: number[]): HTMLElement | null {
  const found = options.flatMap((option) => {
    const field = document.querySelector(`input[name="options"][value="${option}"]`);
    const words = field?.closest("label")?.querySelector(".choice-text");
    return words ? [h("li", {}, ...[...words.childNodes].map((node) => node.cloneNode(true)))] : [];
  });
  return found.length ? h("ul", { class: "own-words own-choices", "aria-label": "The other version" }, ...found) : null;
}
