/** The list of earlier submissions, to put one back into the editor. */

import { Failure } from "./api.js";
import { clockTime, h } from "./dom.js";
import { endedSign, verdictSign } from "./outcome.js";
import type { Earlier, Files } from "./types.js";

interface Chosen {
  files: Files;
  at: string;
}

const SCOPES: Record<string, string> = { run: "Run", sample: "Samples", full: "Submitted" };

/** Shows the list and gives the chosen version, or null. `load` is null while nothing was ever sent. */
export async function restoreDialog(load: (() => Promise<{ body: { submissions: Earlier[] } }>) | null): Promise<Chosen | null> {
  const body = h("div", { class: "stack stack-tight" }, h("p", { class: "muted small" }, "Fetching the list."));
  const close = h("button", { class: "button", value: "" }, "Close");
  const dialog = h(
    "dialog",
    { class: "dialog", "aria-labelledby": "earlier-title" },
    h("form", { method: "dialog", class: "stack" }, h("h2", { id: "earlier-title" }, "Earlier versions"), body, h("div", { class: "row" }, close)),
  );
  document.body.append(dialog);
  dialog.showModal();
  const closed = new Promise<string>((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
  const list = await loaded(load, body);
  const id = await closed;
  const found = list.find((entry) => String(entry.id) === id);
  return found ? { files: found.files, at: moment(found.created_at) } : null;
}

async function loaded(load: (() => Promise<{ body: { submissions: Earlier[] } }>) | null, body: HTMLElement): Promise<Earlier[]> {
  if (!load) {
    body.replaceChildren(h("p", { class: "muted" }, "Nothing was sent yet. Every run and every submission is listed here."));
    return [];
  }
  try {
    const { submissions } = (await load()).body;
    if (!submissions.length) body.replaceChildren(h("p", { class: "muted" }, "Nothing was sent yet. Every run and every submission is listed here."));
    else body.replaceChildren(h("ul", { class: "rows rows-plain earlier-list" }, ...submissions.map(row)));
    return submissions;
  } catch (problem) {
    body.replaceChildren(h("p", {}, problem instanceof Failure ? problem.message : "The list could not be fetched."));
    return [];
  }
}

function row(entry: Earlier): HTMLElement {
  return h(
    "li",
    {},
    h(
      "span",
      { class: "earlier-facts" },
      entry.scope === "run" && entry.verdict === "accepted" ? endedSign() : verdictSign(entry.verdict ?? entry.state),
      h("span", { class: "small muted" }, `${entry.is_from_draft ? "Graded at the end" : SCOPES[entry.scope]}, ${moment(entry.created_at)}`),
    ),
    h("button", { class: "button button-small", value: entry.id }, "Put back", h("span", { class: "hidden-text" }, ` the version of ${moment(entry.created_at)}`)),
  );
}

function moment(text: string): string {
  const then = new Date(text);
  const isToday = then.toDateString() === new Date().toDateString();
  if (isToday) return clockTime(then);
  return `${then.getDate()} ${then.toLocaleString("en-GB", { month: "long" })}, ${clockTime(then).slice(0, 5)}`;
}
