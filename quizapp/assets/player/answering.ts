/** A plain answer form that saves itself: choice, text, output, bug, order. */

import { part, toast } from "./dom.js";
import { Journal } from "./journal.js";
import { Saving, type Source } from "./saving.js";
import type { Settings } from "./types.js";

/** Saves a plain form's answer: choice, text, output, bug, order. */
export function savedForm(settings: Settings, source: Source): Saving {
  const saving = new Saving(settings, source);
  const form = part<HTMLFormElement>("[data-answer-form]");
  form.addEventListener("input", () => saving.changed());
  form.addEventListener("change", () => saving.changed());
  let isReady = false;
  form.addEventListener("submit", (event) => {
    if (isReady) return;
    // An autosave on its way would meet the form's own save: first the one, then the other.
    event.preventDefault();
    void saving.flush().then(() => {
      if (saving.isBehind && settings.mode === "interview") {
        toast("Not saved yet. What you typed is kept here; stay on this page until the connection is back.");
        return;
      }
      isReady = true;
      const revision = form.querySelector<HTMLInputElement>('input[name="revision"]');
      if (revision) revision.value = String(saving.current);
      if (!saving.isBehind || settings.mode === "practice") new Journal(settings).forget();
      // A form ignores being sent while its submit event is still on its way.
      window.setTimeout(() => form.requestSubmit(event.submitter), 0);
    });
  });
  return saving;
}
