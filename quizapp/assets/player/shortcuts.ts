/** The shortcuts of the player, the list of them, and the switch that turns single keys off. */

import { announce, h, part } from "./dom.js";
import { areKeysOn, onSingleKey, setKeys } from "./keys.js";
import type { Timer } from "./timer.js";

interface Shortcut {
  key: string;
  shown: string[];
  words: string;
  run: () => void;
}

/** Makes the keys of this page work, and the button that lists them. */
export function startShortcuts(timer: Timer | null): void {
  const shortcuts = available(timer);
  const list = (): void => listDialog(shortcuts);
  onSingleKey((key) => {
    if (key === "?") {
      list();
      return true;
    }
    const shortcut = shortcuts.find((one) => one.key === key);
    shortcut?.run();
    return shortcut !== undefined;
  });
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-keys]")) {
    button.hidden = false;
    button.addEventListener("click", list);
  }
}

/** Only what this page offers. */
function available(timer: Timer | null): Shortcut[] {
  const found: Shortcut[] = [];
  const presses = (key: string, words: string, selector: string): void => {
    if (document.querySelector(selector)) {
      found.push({ key, shown: [key.toUpperCase()], words, run: () => document.querySelector<HTMLElement>(selector)?.click() });
    }
  };
  presses("n", "Next question", "[data-next]");
  presses("p", "Previous question", "[data-previous]");
  const links = [...document.querySelectorAll<HTMLAnchorElement>(".question-nav a[data-position]")];
  if (links.length) found.push({ key: "g", shown: ["G"], words: "Go to a question by its number", run: () => goDialog(links) });
  presses("f", "Flag this question, or take the flag off", "[data-flag-form] button");
  presses("r", "Run the samples", '[data-send="sample"]');
  if (document.querySelector("[data-notes]")) found.push({ key: "m", shown: ["M"], words: "Your notes", run: openNotes });
  if (timer) found.push({ key: "t", shown: ["T"], words: "Say the time left", run: () => announce(timer.said(), "assertive") });
  return found;
}

function openNotes(): void {
  const fold = part<HTMLDetailsElement>("[data-notes]");
  for (let outer = fold.parentElement?.closest("details"); outer; outer = outer.parentElement?.closest("details")) outer.open = true;
  fold.open = true;
  part<HTMLTextAreaElement>("textarea", fold).focus();
}

function goDialog(links: HTMLAnchorElement[]): void {
  const field = h("input", { class: "input", id: "go-number", inputmode: "numeric", autocomplete: "off", pattern: "[0-9]*", size: 4 });
  const problem = h("p", { class: "field-error", role: "alert", hidden: true });
  const form = h(
    "form",
    { class: "stack" },
    h("h2", { id: "go-title" }, "Go to a question"),
    h("div", { class: "field" }, h("label", { for: "go-number" }, "Its number"), field, problem),
    h("div", { class: "row" }, h("button", { class: "button button-primary", type: "submit" }, "Go"), cancel()),
  );
  const dialog = opened(form, "go-title");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const link = links.find((one) => one.dataset["position"] === field.value.trim());
    if (link) {
      dialog.close();
      link.click();
      return;
    }
    const open = links.map((one) => one.dataset["position"]);
    problem.textContent = `There is no open question of that number. Open are ${open.join(", ")}.`;
    problem.hidden = false;
    field.select();
  });
  field.focus();
}

function listDialog(shortcuts: Shortcut[]): void {
  const others: [string[], string][] = [
    ...(document.querySelector('input[name="options"]') ? [[["1", "9"], "Choose the option of that number"] as [string[], string]] : []),
  ];
  const always: [string[], string][] = [
    [["Ctrl", "↵"], document.querySelector("[data-editor-place]") ? "Submit the code" : "Save and go on"],
    ...(document.querySelector("[data-editor-place]") ? [[["Esc", "Tab"], "Leave the editor"] as [string[], string]] : []),
  ];
  const single: [string[], string][] = [...shortcuts.map((one) => [one.shown, one.words] as [string[], string]), ...others, [["?"], "This list"]];
  const box = h("input", { type: "checkbox", id: "keys-on", checked: areKeysOn() });
  box.addEventListener("change", () => {
    setKeys(box.checked);
    announce(box.checked ? "Single keys are shortcuts now." : "Single keys are off. The button “Keys” opens this list.");
  });
  opened(
    h(
      "form",
      { method: "dialog", class: "stack" },
      h("h2", { id: "keys-title" }, "Keys"),
      h("dl", { class: "key-list" }, ...single.flatMap(row), ...always.flatMap(row)),
      h("label", { class: "tick" }, box, h("span", {}, "Single keys are shortcuts. They never are while you type in a field.")),
      h("div", { class: "row" }, h("button", { class: "button", autofocus: true }, "Close")),
    ),
    "keys-title",
  );
}

function row([keys, words]: [string[], string]): HTMLElement[] {
  const between = keys[1] === "9" ? " to " : " ";
  const shown = keys.flatMap((key, index) => [index ? between : null, h("kbd", { class: "kbd" }, key)]);
  return [h("dt", {}, ...shown), h("dd", {}, words)];
}

function cancel(): HTMLElement {
  const button = h("button", { class: "button", type: "button" }, "Cancel");
  button.addEventListener("click", () => button.closest("dialog")?.close());
  return button;
}

/** A dialog that is gone when it is closed; the focus goes back to where it was. */
function opened(content: HTMLElement, titleId: string): HTMLDialogElement {
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": titleId }, content);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
}
