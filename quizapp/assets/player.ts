/** The player page: whatever kind of question stands on it becomes live; without this the forms still work. */

import { countActivity } from "./player/activity.js";
import { savedForm } from "./player/answering.js";
import { part, useSprite } from "./player/dom.js";
import { answerForm } from "./player/forms.js";
import { followAnswer, followParts, liveFlag, nextByKey } from "./player/navigator.js";
import type { Saving } from "./player/saving.js";
import { startTimer } from "./player/timer.js";
import type { Settings } from "./player/types.js";
import { startRecording } from "./recording/recorder.js";

async function start(): Promise<void> {
  const settings = JSON.parse(part("#player").dataset["settings"] ?? "{}") as Settings;
  useSprite(document.documentElement.dataset["icons"] ?? "/static/icons.svg");
  const visits = document.querySelector<HTMLElement>("[data-visits]")?.dataset["visits"];
  if (visits) countActivity(visits);
  nextByKey();
  liveFlag();
  followParts();
  startRecording(settings);
  const saving = await live(settings);
  startTimer(settings, async () => saving?.flush());
  document.documentElement.dataset["player"] = "ready";
}

async function live(settings: Settings): Promise<Saving | null> {
  if (settings.kind === "code" || settings.kind === "tests") {
    if (!document.querySelector("[data-editor-place]")) return null;
    // The editor is most of the bundle; pages without code do without it.
    const { startWorkbench } = await import("./player/workbench.js");
    return startWorkbench(settings);
  }
  if (!document.querySelector("[data-answer-form]") || !settings.isOpen) return null;
  const source = answerForm(settings);
  const saving = savedForm(settings, source);
  followAnswer(() => source.read());
  return saving;
}

void start();
