/** A plain answer form that saves itself: choice, text, output, bug, order. */

import type { Connection } from "./connection.js";
import { part } from "./dom.js";
import { go } from "./leaving.js";
import { Saving, type Source } from "./saving.js";
import type { Settings } from "./types.js";

/** Saves a plain form's answer while it is given. In an interview its button saves and goes on without sending the form. */
export function savedForm(settings: Settings, source: Source, connection: Connection): Saving {
  const saving = new Saving(settings, source, connection);
  const form = part<HTMLFormElement>("[data-answer-form]");
  form.addEventListener("input", () => saving.changed());
  form.addEventListener("change", () => saving.changed());
  let isReady = false;
  form.addEventListener("submit", (event) => {
    if (isReady) return;
    // An autosave on its way would meet the form's own save: first the one, then the other.
    event.preventDefault();
    const to = (event.submitter ?? part("[type=submit]", form)).dataset["to"];
    if (settings.mode === "interview") {
      void (to ? go(to, saving, connection) : saving.flush());
      return;
    }
    void saving.flush().then(() => {
      isReady = true;
      saving.letGo();
      // A form ignores being sent while its submit event is still on its way.
      window.setTimeout(() => form.requestSubmit(event.submitter), 0);
    });
  });
  return saving;
}
