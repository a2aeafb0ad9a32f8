/** The candidate's notes: one text for the attempt, beside every question, saved as answers are. */

import { call, Failure } from "./api.js";
import { joined, type NotesState } from "./catching-up.js";
import type { Connection } from "./connection.js";
import { clockTime, part } from "./dom.js";
import { listen } from "./events.js";
import { Journal, type NotesEntry } from "./journal.js";
import type { Settings } from "./types.js";

const PAUSE = 900;
const AGAIN = 15_000;

interface Saved extends NotesState {
  saved_at: string;
}

/** Makes the notes of this page save themselves; without scripts they go along with the answer. */
export function startNotes(settings: Settings, connection: Connection): void {
  const place = document.querySelector<HTMLDetailsElement>("[data-notes]");
  if (place && settings.notesUrl) new Notes(settings, settings.notesUrl, place, connection);
}

class Notes {
  private readonly field: HTMLTextAreaElement;
  private readonly told: HTMLElement;
  private readonly journal: Journal<NotesEntry>;
  private revision: number;
  private lastText: string;
  private timer = 0;
  private isSending = false;

  constructor(
    private readonly settings: Settings,
    private readonly url: string,
    place: HTMLElement,
    private readonly connection: Connection,
  ) {
    this.field = part<HTMLTextAreaElement>("textarea", place);
    this.told = part("[data-notes-state]", place);
    this.revision = Number(this.field.dataset["revision"]);
    this.lastText = this.field.value;
    this.journal = new Journal(settings.owner, `notes/${settings.attempt}`);
    const kept = this.journal.newest();
    if (kept) {
      this.journal.adopt(kept);
      this.field.value = joined(this.lastText, kept.entry.text);
      this.schedule(0);
    }
    this.field.addEventListener("input", () => {
      this.keep();
      this.told.textContent = this.connection.since ? "Kept in this browser" : "";
      this.schedule(PAUSE);
    });
    listen("connection-changed", ({ since }) => {
      if (!since) this.schedule(0);
    });
    window.addEventListener("pagehide", () => void this.save(true));
  }

  private schedule(delay: number): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.save(), delay);
  }

  private async save(isLeaving = false): Promise<void> {
    const text = this.field.value;
    if (text === this.lastText) {
      this.journal.forget();
      return;
    }
    if (this.isSending) {
      this.schedule(200);
      return;
    }
    this.isSending = true;
    try {
      const sending = { method: "PUT", body: { text, revision: this.revision }, keepalive: isLeaving } as const;
      const { body } = await call<Saved>(this.url, sending);
      this.revision = body.revision;
      this.lastText = text;
      if (this.field.value === text) this.journal.forget();
      else this.schedule(PAUSE);
      this.told.textContent = `Saved ${clockTime(new Date(body.saved_at))}`;
    } catch (problem) {
      this.refused(problem);
    } finally {
      this.isSending = false;
    }
  }

  private refused(problem: unknown): void {
    if (!(problem instanceof Failure)) throw problem;
    const current = problem.body["current"] as NotesState | undefined;
    if (current) {
      this.field.value = joined(current.text, this.field.value);
      this.lastText = current.text;
      this.revision = current.revision;
      this.keep();
      this.schedule(0);
      return;
    }
    this.keep();
    if (problem.isPassing && problem.status !== 429) this.connection.lost(problem);
    this.told.textContent = problem.isPassing ? "Kept in this browser, sent when it can be" : problem.message;
    this.schedule(AGAIN);
  }

  private keep(): void {
    this.journal.write({
      kind: "notes",
      url: this.url,
      attempt: this.settings.attempt,
      position: null,
      at: new Date().toISOString(),
      text: this.field.value,
      revision: this.revision,
    });
  }
}
