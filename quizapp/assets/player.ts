/** The player page: whatever kind of question stands on it becomes live; without this the forms still work. */

import { countActivity } from "./player/activity.js";
import { savedForm } from "./player/answering.js";
import { Connection } from "./player/connection.js";
import { part, useSprite } from "./player/dom.js";
import { answerForm } from "./player/forms.js";
import { keepPages, refreshed } from "./player/kept-pages.js";
import { saveBeforeLeaving } from "./player/leaving.js";
import { followAnswer, followParts, liveFlag } from "./player/navigator.js";
import { startNotes } from "./player/notes.js";
import type { Saving } from "./player/saving.js";
import { startShortcuts } from "./player/shortcuts.js";
import { startTimer } from "./player/timer.js";
import type { Settings } from "./player/types.js";
import { startRecording } from "./recording/recorder.js";

async function start(): Promise<void> {
  const settings = JSON.parse(part("#player").dataset["settings"] ?? "{}") as Settings;
  useSprite(document.documentElement.dataset["icons"] ?? "/static/icons.svg");
  nameQuestion(settings);
  await bringUpToDate(settings);
  const visits = document.querySelector<HTMLElement>("[data-visits]")?.dataset["visits"];
  if (visits) countActivity(visits);
  const connection = new Connection(settings);
  followAnswer(settings.starter);
  followParts();
  liveFlag(settings, connection);
  startRecording(settings);
  const saving = await live(settings, connection);
  startNotes(settings, connection);
  startShortcuts(startTimer(settings, connection, async () => saving?.flush()));
  saveBeforeLeaving(saving, connection);
  keepPages(settings);
  document.documentElement.dataset["player"] = "ready";
}

/** A page that was opened without saying which question: a reload, and its copy, are of this one. */
function nameQuestion(settings: Settings): void {
  if (settings.position === null || window.location.search) return;
  window.history.replaceState(null, "", `?q=${settings.position}${window.location.hash}`);
}

/** A copy of the page may be older than what was saved since it was made. */
async function bringUpToDate(settings: Settings): Promise<void> {
  const known = (await refreshed(settings)).find((one) => one.position === settings.position);
  if (!known || known.revision <= settings.revision) return;
  Object.assign(settings, { known, revision: known.revision, savedAt: known.savedAt });
}

async function live(settings: Settings, connection: Connection): Promise<Saving | null> {
  if (settings.kind === "code" || settings.kind === "tests") {
    if (!document.querySelector("[data-editor-place]")) return null;
    // The editor is most of the bundle; pages without code do without it.
    const { startWorkbench } = await import("./player/workbench.js");
    return startWorkbench(settings, connection);
  }
  if (!document.querySelector("[data-answer-form]") || !settings.isOpen) return null;
  const source = answerForm(settings);
  if (settings.known) source.write(settings.known.answer);
  return savedForm(settings, source, connection);
}

void start();
