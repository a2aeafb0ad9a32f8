/** Keys that work alone: never while somebody types, never beside a dialog, and not at all where they are switched off. */

const SETTING = "quizapp.keys";

/** Whether single keys are shortcuts in this browser. Speech control and unsteady hands press them by accident. */
export function areKeysOn(): boolean {
  try {
    return localStorage.getItem(SETTING) !== "off";
  } catch {
    return true;
  }
}

/** Remembers the choice in this browser. */
export function setKeys(isOn: boolean): void {
  try {
    if (isOn) localStorage.removeItem(SETTING);
    else localStorage.setItem(SETTING, "off");
  } catch {
    // Then it holds for no longer than this.
  }
}

/** Calls back with each key, in lower case, that was pressed as a shortcut. True from `run`: it was one. */
export function onSingleKey(run: (key: string, event: KeyboardEvent) => boolean): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!areKeysOn() || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (run(event.key.toLowerCase(), event)) event.preventDefault();
  });
}

/** Tells whether a key belongs to a field that takes text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["radio", "checkbox", "button", "submit"].includes(target.type);
}
