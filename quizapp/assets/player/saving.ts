/** Saves what is typed: on the server soon after a pause, and in this browser as long as the server has not got it. */

import { call, Failure } from "./api.js";
import { announce, clockTime, h, icon, setNotice } from "./dom.js";
import { canonical, Journal } from "./journal.js";
import type { Answer, Settings } from "./types.js";

const PAUSE = 900;
const LONGEST = 4000;
const SHOWN_AFTER = 400;

interface Saved {
  revision: number;
  saved_at: string;
  response_id?: number;
}

interface Current extends Saved {
  answer: Answer | null;
}

export interface Source {
  /** The answer as it stands. */
  read(): Answer;
  /** Shows an answer that came from elsewhere. */
  write(answer: Answer): void;
}

/** Numbers the saves of one response. The server refuses a save that is based on an older revision than its own. */
export class Saving {
  private revision: number;
  private lastText: string;
  private sentText = "";
  private timer = 0;
  private firstChange = 0;
  private isSending = false;
  private offlineSince: Date | null = null;
  private wait = 3000;
  private isStopped = false;
  private savedAt: Date | null;
  private readonly journal: Journal;

  constructor(
    private readonly settings: Settings,
    private readonly source: Source,
  ) {
    this.revision = settings.revision;
    this.journal = new Journal(settings);
    this.lastText = canonical(source.read());
    this.savedAt = settings.savedAt ? new Date(settings.savedAt) : null;
    if (this.savedAt) this.show("saved", "cloud-check", `Saved ${clockTime(this.savedAt)}`);
    this.recover();
    window.addEventListener("online", () => this.schedule(0));
    window.addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.leave();
    });
  }

  /** Tells that something was typed or chosen. */
  changed(): void {
    if (this.isStopped) return;
    const now = Date.now();
    this.firstChange ||= now;
    this.keep();
    this.schedule(Math.min(PAUSE, Math.max(0, this.firstChange + LONGEST - now)));
  }

  /** Whether something is not on the server yet. */
  get isBehind(): boolean {
    return canonical(this.source.read()) !== this.lastText;
  }

  /** The revision the server has. */
  get current(): number {
    return this.revision;
  }

  /** Saves now. Resolves when the server has it, or when it is clear that it cannot have it now. */
  async flush(): Promise<void> {
    window.clearTimeout(this.timer);
    for (let left = 40; this.isSending && left > 0; left -= 1) await pause(50);
    await this.send();
  }

  /** Saves even if nothing was typed: the first save makes the place that submissions belong to. */
  async open(): Promise<void> {
    if (!this.settings.saveUrl) return;
    for (let left = 40; this.isSending && left > 0; left -= 1) await pause(50);
    if (this.settings.response !== null) return;
    const answer = this.source.read();
    const { body } = await call<Saved>(this.settings.saveUrl, { method: "PUT", body: { answer, revision: this.revision } });
    this.accepted(body, canonical(answer));
  }

  private schedule(delay: number): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.send(), delay);
  }

  private async send(): Promise<void> {
    if (this.isStopped || !this.settings.saveUrl) return;
    if (this.isSending) {
      this.schedule(200);
      return;
    }
    const answer = this.source.read();
    const text = canonical(answer);
    if (text === this.lastText) {
      this.settled();
      return;
    }
    this.isSending = true;
    this.firstChange = 0;
    this.sentText = text;
    const slow = window.setTimeout(() => {
      if (!this.offlineSince) this.show("saving", "dots", "Saving");
    }, SHOWN_AFTER);
    try {
      const { body } = await call<Saved>(this.settings.saveUrl, {
        method: "PUT",
        body: { answer, revision: this.revision },
        seconds: 10,
      });
      this.accepted(body, text);
    } catch (problem) {
      this.refused(problem, answer);
    } finally {
      window.clearTimeout(slow);
      this.isSending = false;
    }
  }

  private accepted(saved: Saved, text: string): void {
    this.revision = saved.revision;
    this.settings.response = saved.response_id ?? this.settings.response;
    this.lastText = text;
    this.savedAt = new Date(saved.saved_at);
    if (this.offlineSince) {
      setNotice("offline", {
        tone: "pass",
        icon: "check-circle",
        title: "Connected again.",
        text: `Everything arrived at ${clockTime(this.savedAt)}.`,
      });
      announce("Connected again. Everything is saved.");
      window.setTimeout(() => setNotice("offline", null), 8000);
    }
    this.offlineSince = null;
    this.wait = 3000;
    this.settled();
    document.dispatchEvent(new CustomEvent("answer-saved"));
    if (this.isBehind) this.changed();
  }

  private settled(): void {
    if (this.isBehind) return;
    this.journal.forget();
    if (this.savedAt) this.show("saved", "cloud-check", `Saved ${clockTime(this.savedAt)}`);
  }

  private refused(problem: unknown, answer: Answer): void {
    this.keep();
    if (!(problem instanceof Failure)) throw problem;
    const current = problem.body["current"] as Current | undefined;
    if (problem.status === 409 && current) this.conflict(current, answer);
    else if (problem.status === 409) this.closed(problem.message);
    else if (problem.isPassing) this.offline(problem);
    else this.blocked(problem.message);
  }

  private offline(problem: Failure): void {
    if (!this.offlineSince) {
      this.offlineSince = new Date();
      const since = clockTime(this.offlineSince);
      const clock = this.settings.clockUrl ? " The clock runs on the server and goes on; answers that arrive in time count." : "";
      const last = this.savedAt ? ` Last saved on the server: ${clockTime(this.savedAt)}.` : "";
      const reason = problem.status === 0 ? `No connection since ${since}.` : `The server cannot save since ${since}.`;
      setNotice("offline", {
        tone: "warn",
        icon: "offline",
        title: `${reason} Keep working.`,
        text: `What you type is kept in this browser and sent when the connection is back.${clock}${last}`,
      });
      announce(`${reason} Keep working. What you type is kept in this browser.`, "assertive");
    }
    this.show("waiting", "offline", "Not saved", `: no connection since ${clockTime(this.offlineSince)}, keep working`);
    this.schedule(Math.max(this.wait, problem.retryAfter * 1000));
    this.wait = Math.min(this.wait * 1.5, 15_000);
  }

  private blocked(message: string): void {
    setNotice("offline", {
      tone: "fail",
      icon: "cross-circle",
      title: "Not saved on the server.",
      text: `${message} What you typed is kept in this browser.`,
    });
    this.show("waiting", "offline", "Not saved");
    this.schedule(15_000);
  }

  private closed(message: string): void {
    this.isStopped = true;
    this.show("waiting", "lock", "Closed");
    setNotice("closed", { icon: "lock", title: "This can no longer be changed.", text: message });
  }

  /** Another tab or machine saved meanwhile. Nothing is overwritten until somebody has chosen. */
  private conflict(current: Current, mine: Answer): void {
    const theirs = canonical(current.answer);
    if (theirs === canonical(mine) || theirs === this.sentText || theirs === this.journal.read()?.sent) {
      // Our own save: it had arrived, only the answer to it had not.
      this.revision = current.revision;
      this.lastText = theirs;
      this.schedule(0);
      return;
    }
    this.isStopped = true;
    this.show("waiting", "warning", "Not saved", ": there are two versions");
    const settle = (use: "mine" | "theirs"): void => {
      setNotice("conflict", null);
      this.revision = current.revision;
      this.lastText = theirs;
      this.savedAt = new Date(current.saved_at);
      this.isStopped = false;
      if (use === "theirs" && current.answer) this.source.write(current.answer);
      this.schedule(0);
    };
    const keep = h("button", { class: "button button-small button-primary", type: "button" }, "Keep what is here");
    const take = h("button", { class: "button button-small", type: "button" }, "Take the other version");
    keep.addEventListener("click", () => settle("mine"));
    take.addEventListener("click", () => settle("theirs"));
    setNotice("conflict", {
      tone: "warn",
      icon: "warning",
      title: "This answer was changed elsewhere, too.",
      text:
        `Another tab or machine saved its version at ${clockTime(new Date(current.saved_at))}. ` +
        "Nothing is lost: choose which one goes on. The one you do not choose stays on record.",
      actions: [keep, take, preview(current.answer)],
    });
    announce("This answer was changed elsewhere, too. Choose which version goes on.", "assertive");
  }

  /** On load: the browser may hold something that the server never got. */
  private recover(): void {
    const journal = this.journal.read();
    if (!journal) return;
    const kept = canonical(journal.answer);
    if (kept === this.lastText || this.settings.isOpen === false) {
      this.journal.forget();
    } else if (journal.revision === this.revision || journal.sent === this.lastText) {
      this.source.write(journal.answer);
      this.schedule(0);
      announce("What you typed last was kept in this browser and is back.");
    } else {
      const theirs = this.source.read();
      this.source.write(journal.answer);
      const savedAt = this.settings.savedAt ?? new Date().toISOString();
      this.conflict({ answer: theirs, revision: this.revision, saved_at: savedAt }, journal.answer);
    }
  }

  private keep(): void {
    this.journal.write({
      answer: this.source.read(),
      revision: this.revision,
      sent: this.sentText,
      at: new Date().toISOString(),
    });
  }

  private leave(): void {
    if (this.isStopped || !this.settings.saveUrl || !this.isBehind) return;
    const answer = this.source.read();
    const text = canonical(answer);
    if (text === this.sentText && this.isSending) return;
    this.sentText = text;
    this.keep();
    call<Saved>(this.settings.saveUrl, { method: "PUT", body: { answer, revision: this.revision }, keepalive: true })
      .then(({ body }) => this.accepted(body, text))
      .catch(() => this.schedule(500)); // the journal has it; if the page is still there, try the ordinary way
  }

  private show(state: "saved" | "saving" | "waiting", sign: string, text: string, more = ""): void {
    for (const place of document.querySelectorAll<HTMLElement>("[data-save-state]")) {
      place.dataset["save"] = state;
      place.hidden = false;
      place.replaceChildren(icon(sign), h("span", {}, text, more ? h("span", { class: "hidden-text" }, more) : null));
    }
  }
}

function preview(answer: Answer | null): HTMLElement {
  const text = answer?.files
    ? Object.entries(answer.files).map(([path, source]) => `# ${path}\n${source}`).join("\n\n")
    : (answer?.text ?? JSON.stringify(answer));
  return h(
    "details",
    { class: "fold" },
    h("summary", {}, icon("right"), "Show the other version"),
    h("pre", { class: "code-pane other-version", tabindex: "0", role: "region", "aria-label": "The other version" }, text),
  );
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => window.setTimeout(resolve, milliseconds));
}
