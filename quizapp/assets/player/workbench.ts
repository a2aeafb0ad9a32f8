/** The workbench of a code question: a desk whose code is saved as it is typed. */

import { call } from "./api.js";
import type { Connection } from "./connection.js";
import { Desk } from "./desk.js";
import { confirmed, part } from "./dom.js";
import { restoreDialog } from "./earlier.js";
import { Saving } from "./saving.js";
import type { Answer, Earlier, Judged, Settings } from "./types.js";

/** Makes the workbench live, and gives the saving of its code. */
export function startWorkbench(settings: Settings, connection: Connection): Saving {
  return new Workbench(settings, connection).saving;
}

class Workbench {
  readonly saving: Saving;
  private readonly desk: Desk;

  constructor(
    private readonly settings: Settings,
    connection: Connection,
  ) {
    this.desk = new Desk(settings, {
      // The editor tells of changes while it is being built, too.
      changed: () => (this.saving as Saving | undefined)?.changed(),
      sendTo: () => this.submissionsAddress(),
      askAt: (id) => (settings.submissionUrl ?? "").replace("/0", `/${id}`),
      judged: (judged) => this.judged(judged),
      refused: () => this.saving.flush(),
    });
    const source = { read: () => this.answer(), write: (answer: Answer) => this.desk.editor.replace(answer.files ?? {}) };
    if (settings.known) source.write(settings.known.answer);
    this.saving = new Saving(settings, source, connection);
    part("[data-reset]").addEventListener("click", () => void this.reset());
    part("[data-earlier]").addEventListener("click", () => void this.showEarlier());
    void this.resume();
  }

  private answer(): Answer {
    return { files: this.desk.editor.texts() };
  }

  /** The first sending in practice may come before the first save; the save makes the place to send to. */
  private async submissionsAddress(): Promise<string> {
    if (this.settings.response === null) await this.saving.open();
    return (this.settings.submissionsUrl ?? "").replace("/0/", `/${this.settings.response}/`);
  }

  private judged(judged: Judged): void {
    if (judged.scope === "full") void this.refreshFeedback();
  }

  /** After a reload the last verdict is in view again; one that was still under way is followed to its end. */
  private async resume(): Promise<void> {
    if (this.settings.response === null) return;
    try {
      const { body } = await call<{ submissions: Earlier[] }>(await this.submissionsAddress());
      const last = body.submissions.find((entry) => entry.scope !== "run" && entry.verdict !== "cancelled");
      if (!last) return;
      const judged = await this.desk.resume(last.id, Date.parse(last.created_at), "tests");
      if (judged) this.desk.markIfSame(judged, last.files);
    } catch {
      // Nothing was asked for, so nothing is missed.
    }
  }

  /** What the server shows after a verdict: explanation, points, hints. It comes as the page would show it. */
  private async refreshFeedback(): Promise<void> {
    const here = document.querySelector("#feedback");
    if (!here) return;
    try {
      const text = await (await fetch(window.location.href, { credentials: "same-origin" })).text();
      const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("#feedback");
      if (fresh) here.replaceWith(document.adoptNode(fresh));
    } catch {
      // The next reload shows it.
    }
  }

  private async reset(): Promise<void> {
    const isSure = await confirmed(
      "Go back to the starter?",
      "Your code in all files is replaced by what the question began with. You can undo this.",
      "Reset",
    );
    if (!isSure) return;
    this.desk.replaceWithUndo(this.settings.starter, "The starter is back.");
  }

  private async showEarlier(): Promise<void> {
    const address = this.settings.response === null ? null : await this.submissionsAddress();
    const chosen = await restoreDialog(address ? () => call(address) : null);
    if (chosen) this.desk.replaceWithUndo(chosen.files, `The version of ${chosen.at} is back.`);
  }
}
