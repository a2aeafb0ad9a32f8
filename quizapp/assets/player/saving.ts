/** Saves what is typed: on the server soon after a pause, and in this browser as long as the server has not got it. */

import { call, Failure } from "./api.js";
import { askWhich, dropConflict, type Rival } from "./conflict.js";
import type { Connection } from "./connection.js";
import { announce, setNotice, toast } from "./dom.js";
import { listen, tell } from "./events.js";
import { type AnswerEntry, canonical, Journal, unsent } from "./journal.js";
import { SaveSign } from "./save-sign.js";
import type { Answer, Clock, Settings } from "./types.js";

const PAUSE = 900;
const LONGEST = 4000;
const SHOWN_AFTER = 400;

interface Saved {
  revision: number;
  saved_at: string;
  response_id?: number;
  clock?: Clock;
}

interface Current extends Rival, Saved {}

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
  /** What was sent since the server's last word, without one on it: any of it may be there. */
  private readonly doubtful = new Set<string>();
  private timer = 0;
  private firstChange = 0;
  private isSending = false;
  private wait = 3000;
  private isStopped = false;
  private savedAt: Date | null;
  /** What the journal was given last, and what another page has sent of it. */
  private written: { sent: string; text: string } | null = null;
  private sentElsewhere = "";
  private readonly journal: Journal<AnswerEntry>;
  private readonly sign = new SaveSign();

  constructor(
    private readonly settings: Settings,
    private readonly source: Source,
    private readonly connection: Connection,
  ) {
    this.revision = settings.revision;
    // Named after the place, not the response: in practice there is none before the first save.
    const place = settings.mode === "interview" ? `answer/${settings.response}` : window.location.pathname;
    this.journal = new Journal(settings.owner, place);
    this.lastText = canonical(source.read());
    this.savedAt = settings.savedAt ? new Date(settings.savedAt) : null;
    if (this.savedAt) this.sign.saved(this.savedAt, false);
    this.recover();
    listen("connection-changed", ({ since }) => {
      if (!since) this.schedule(0);
      else if (this.isBehind && !this.isStopped) this.showWaiting();
    });
    window.addEventListener("online", () => this.schedule(0));
    window.addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.leave();
    });
  }

  /** Tells that something was typed or chosen. */
  changed(): void {
    tell("answer-changed", { response: this.settings.response, read: () => this.source.read() });
    if (this.isStopped) return;
    if (!this.isBehind && !this.isSending) {
      // A field that is left tells of a change, too. Nothing waits, and the next page must not say that something did.
      window.clearTimeout(this.timer);
      this.firstChange = 0;
      this.settled();
      return;
    }
    const now = performance.now();
    this.firstChange ||= now;
    this.keep();
    if (this.connection.since) this.showWaiting();
    else this.sign.behind();
    this.schedule(Math.min(PAUSE, Math.max(0, this.firstChange + LONGEST - now)));
  }

  /** Whether something is not on the server yet. */
  get isBehind(): boolean {
    return this.doubtful.size > 0 || canonical(this.source.read()) !== this.lastText;
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
    this.accepted(body, answer);
  }

  /** The answer goes another way now, as with a form of practice: nothing of it is kept here. */
  letGo(): void {
    this.forget();
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
    if (!this.isBehind) {
      this.settled();
      return;
    }
    this.isSending = true;
    this.firstChange = 0;
    this.sentText = text;
    const slow = window.setTimeout(() => {
      if (!this.connection.since) this.sign.saving();
    }, SHOWN_AFTER);
    const sent = Date.now();
    try {
      const { body } = await call<Saved>(this.settings.saveUrl, {
        method: "PUT",
        // What was taken back before it was known to have arrived: nothing of it has to be kept.
        body: { answer, revision: this.revision, ...(text === this.lastText ? { unchanged: true } : {}) },
        seconds: 10,
      });
      if (body.clock) tell("clock-told", { clock: body.clock, sent, received: Date.now() });
      this.accepted(body, answer);
    } catch (problem) {
      this.refused(problem, text);
    } finally {
      window.clearTimeout(slow);
      this.isSending = false;
    }
  }

  private accepted(saved: Saved, answer: Answer): void {
    this.revision = saved.revision;
    this.settings.response = saved.response_id ?? this.settings.response;
    this.lastText = canonical(answer);
    this.doubtful.clear();
    this.wait = 3000;
    setNotice("refused", null);
    this.savedAt = new Date(saved.saved_at);
    if (!this.isBehind) {
      this.forget();
      this.sign.saved(this.savedAt, true);
    }
    tell("answer-saved", { response: this.settings.response, revision: saved.revision, savedAt: this.savedAt, answer });
    if (this.isBehind) this.changed();
  }

  /** What was typed was taken back, or was saved by another way: nothing waits. */
  private settled(): void {
    this.forget();
    setNotice("refused", null);
    if (this.savedAt) this.sign.saved(this.savedAt, false);
  }

  private refused(problem: unknown, sent: string): void {
    this.keep();
    if (!(problem instanceof Failure)) throw problem;
    const current = problem.body["current"] as Current | undefined;
    if (problem.status === 409 && current) this.conflict(current, problem.body["branch"] as number | undefined);
    else if (problem.status === 409) this.closed(problem.message);
    else if (problem.isPassing) this.later(problem, sent);
    else this.blocked(problem.message);
  }

  private later(problem: Failure, sent: string): void {
    if (problem.status !== 429) {
      this.doubtful.add(sent);
      this.connection.lost(problem);
    }
    this.showWaiting();
    this.schedule(Math.max(this.wait, problem.retryAfter * 1000));
    this.wait = Math.min(this.wait * 1.5, 15_000);
  }

  private showWaiting(): void {
    this.sign.queued(Math.max(1, unsent(this.settings.owner).length));
  }

  private blocked(message: string): void {
    const kept = this.keep() ? "What you typed is kept in this browser." : "This browser cannot keep it: copy it before you leave.";
    setNotice("refused", { tone: "fail", icon: "cross-circle", title: "Not saved on the server.", text: `${message} ${kept}` });
    this.sign.waiting("Not saved", `: ${message}`);
    this.schedule(15_000);
  }

  private closed(message: string): void {
    this.isStopped = true;
    // The server keeps what comes too late, so the browser need not.
    this.forget();
    this.sign.waiting("Closed", "", "lock");
    setNotice("closed", { icon: "lock", title: "This can no longer be changed.", text: message });
  }

  /** Another tab or machine saved meanwhile. Nothing is overwritten until somebody has chosen. */
  private conflict(current: Current, branch: number | undefined): void {
    const theirs = canonical(current.answer);
    const ours = [canonical(this.source.read()), this.sentText, this.sentElsewhere, ...this.doubtful];
    this.doubtful.clear();
    if (ours.includes(theirs)) {
      // Our own save: it had arrived, only the answer to it had not; or another tab sent what was kept here.
      this.revision = current.revision;
      this.lastText = theirs;
      this.schedule(0);
      return;
    }
    if (branch === undefined) {
      // What was sent was no edit, so it was not kept. Whoever has typed since is asked by the next save.
      if (canonical(this.source.read()) === this.lastText) void this.settle("theirs", current, undefined);
      else this.schedule(0);
      return;
    }
    this.isStopped = true;
    // In practice this page may be older than the first save, which made the place for the answer.
    this.settings.response = current.response_id ?? this.settings.response;
    this.sign.waiting("Not saved", ": there are two versions", "warning");
    askWhich(current, `/responses/${this.settings.response}/versions`, (use) => void this.settle(use, current, branch));
  }

  private async settle(use: "mine" | "theirs", current: Current, branch: number | undefined): Promise<void> {
    let known: Saved = current;
    if (use === "mine" && branch !== undefined) {
      // Not a save over the other one: the server puts that aside first.
      try {
        known = (await call<Saved>(this.takeUrl(branch), { method: "POST", body: { revision: current.revision } })).body;
      } catch (problem) {
        if (!(problem instanceof Failure)) throw problem;
        const newer = problem.body["current"] as Current | undefined;
        if (newer) this.conflict(newer, branch);
        else toast(`${problem.message} Both versions are still there; choose again in a moment.`);
        return;
      }
    }
    dropConflict();
    this.revision = known.revision;
    this.lastText = use === "mine" && branch !== undefined ? this.sentText : canonical(current.answer);
    this.isStopped = false;
    if (use === "theirs" && current.answer) this.source.write(current.answer);
    this.savedAt = new Date(known.saved_at);
    this.sign.saved(this.savedAt, use === "mine");
    if (this.isBehind) this.sign.behind();
    this.schedule(0);
  }

  private takeUrl(branch: number): string {
    return `/responses/${this.settings.response}/versions/${branch}/take`;
  }

  /** On load: the browser may hold something that the server never got. */
  private recover(): void {
    const kept = this.journal.newest();
    if (!kept) return;
    this.journal.adopt(kept);
    if (canonical(kept.entry.answer) === this.lastText || this.settings.isOpen === false) {
      this.forget();
      return;
    }
    this.source.write(kept.entry.answer);
    // Based on what it was based on: if the server has something newer, it keeps this beside it and says so.
    if (kept.entry.sent !== this.lastText) this.revision = kept.entry.revision;
    this.sentText = kept.entry.sent;
    this.keep();
    this.schedule(0);
    announce("What you typed last was kept in this browser and is back.");
  }

  private keep(): boolean {
    const answer = this.source.read();
    const stored = this.journal.own();
    // Another page sends what lies here for long, and says so in the entry, or takes it away when it has arrived.
    if (this.written && stored?.sent !== this.written.sent) this.sentElsewhere = stored ? stored.sent : this.written.text;
    this.written = { sent: this.sentText, text: canonical(answer) };
    return this.journal.write({
      kind: "answer",
      url: this.settings.saveUrl ?? "",
      attempt: this.settings.attempt,
      position: this.settings.position,
      at: new Date().toISOString(),
      answer,
      revision: this.revision,
      sent: this.sentText,
    });
  }

  private forget(): void {
    this.written = null;
    this.journal.forget();
  }

  /** The page may be gone in a moment: what is left is sent so that the browser finishes it by itself. */
  private leave(): void {
    if (this.isStopped || !this.settings.saveUrl || !this.isBehind) return;
    const answer = this.source.read();
    const text = canonical(answer);
    if (text === this.sentText && this.isSending) return;
    this.sentText = text;
    this.keep();
    call<Saved>(this.settings.saveUrl, { method: "PUT", body: { answer, revision: this.revision }, keepalive: true })
      .then(({ body }) => this.accepted(body, answer))
      .catch(() => {
        // The journal has it; if the page is still there, the ordinary way is tried.
        this.doubtful.add(text);
        this.schedule(500);
      });
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => window.setTimeout(resolve, milliseconds));
}
