/** The workbench of a code question: editor, tests, requests and output on one desk. */

import { call, Failure } from "./api.js";
import type { Connection } from "./connection.js";
import { confirmed, part, setNotice, toast } from "./dom.js";
import { Display, type Target } from "./display.js";
import { restoreDialog } from "./earlier.js";
import { Editor, type Mark } from "./editor.js";
import type { Places } from "./outcome.js";
import { RequestPanel } from "./requests.js";
import { Saving } from "./saving.js";
import { Submitter } from "./submitting.js";
import { tabs } from "./tabs.js";
import type { Answer, Earlier, Files, Judged, Scope, Settings } from "./types.js";

/** Makes the workbench live, and gives the saving of its code. */
export function startWorkbench(settings: Settings, connection: Connection): Saving {
  return new Workbench(settings, connection).saving;
}

class Workbench {
  readonly saving: Saving;
  private readonly editor: Editor;
  private readonly submitter: Submitter;
  private readonly requests: RequestPanel | null;
  private readonly fileTabs = [...document.querySelectorAll<HTMLButtonElement>("[data-file]")];
  private readonly display: Display;
  private isBusy = false;
  private hasSent = false;

  constructor(
    private readonly settings: Settings,
    connection: Connection,
  ) {
    const fields = [...document.querySelectorAll<HTMLTextAreaElement>("textarea[data-path]")];
    const texts = Object.fromEntries(fields.map((field) => [field.dataset["path"] ?? "", field.value]));
    const place = part("[data-editor-place]");
    this.editor = new Editor(place, Object.keys(texts), texts, settings.samples, {
      changed: () => this.changed(),
      submit: () => void this.send("full", "tests"),
      moved: (line, column) => {
        part("[data-cursor]").textContent = `${line}:${column}`;
      },
    });
    part("[data-plain-editor]").remove();
    part("[data-without-script]").remove();
    place.hidden = false;
    tabs(part("[data-file-tabs]"), (name) => this.open(name));
    const source = { read: () => this.answer(), write: (answer: Answer) => this.restore(answer.files ?? {}) };
    if (settings.known) source.write(settings.known.answer);
    this.saving = new Saving(settings, source, connection);
    this.submitter = new Submitter(
      () => this.submissionsAddress(),
      (id) => (settings.submissionUrl ?? "").replace("/0", `/${id}`),
    );
    this.requests = document.querySelector("[data-request-form]")
      ? new RequestPanel(settings, this.places, () => void this.send("run", "requests"))
      : null;
    this.display = new Display(settings, this.places, this.requests, (id) => this.submitter.stop(id));
    this.listen();
    void this.resume();
  }

  private listen(): void {
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-send]")) {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        const scope = button.dataset["send"] as Scope;
        void this.send(scope, scope === "run" ? "output" : "tests");
      });
    }
    part("[data-reset]").addEventListener("click", () => void this.reset());
    part("[data-earlier]").addEventListener("click", () => void this.showEarlier());
    document.addEventListener("keydown", (event) => {
      const isAside = event.target instanceof Element && event.target.closest(".desk-side") !== null;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented && !isAside) {
        event.preventDefault();
        void this.send("full", "tests");
      }
    });
  }

  private answer(): Answer {
    return { files: this.editor.texts() };
  }

  private changed(): void {
    // The editor tells of changes while it is being built, too.
    (this.saving as Saving | undefined)?.changed();
  }

  private open(path: string): void {
    this.editor.open(path);
    for (const tab of this.fileTabs) {
      const isHere = tab.dataset["file"] === path;
      tab.setAttribute("aria-selected", String(isHere));
      tab.tabIndex = isHere ? 0 : -1;
    }
  }

  private readonly places: Places = {
    has: (file) => file in this.settings.starter,
    go: (file, line, column = 0) => {
      this.open(file);
      part("#editor").scrollIntoView({ block: "nearest" });
      this.editor.goTo(file, line, column);
    },
  };

  private restore(files: Files): void {
    this.editor.replace(files);
  }

  /** The first sending in practice may come before the first save; the save makes the place to send to. */
  private async submissionsAddress(): Promise<string> {
    if (this.settings.response === null) await this.saving.open();
    return (this.settings.submissionsUrl ?? "").replace("/0/", `/${this.settings.response}/`);
  }

  private async send(scope: Scope, target: Target): Promise<void> {
    if (this.isBusy || !this.settings.isOpen) return;
    this.setBusy(true);
    this.hasSent = true;
    const since = Date.now();
    const asRequests = target === "requests";
    const sending = {
      scope,
      files: this.editor.texts(),
      ...(scope === "run" ? { stdin: asRequests ? "" : this.stdin() } : {}),
      ...(asRequests && this.requests ? { requests: this.requests.read() } : {}),
    };
    setNotice("sending", null);
    this.display.start(target);
    try {
      const judged = await this.submitter.send(sending, {
        pending: (submission, printed) => {
          setNotice("sending", null);
          this.display.pending(submission, printed, since, target);
        },
        interrupted: () => tellInterruption(),
      });
      setNotice("sending", null);
      this.showJudged(judged, target);
    } catch (problem) {
      // Too many wait, so it may be a while: the server gets the code as a draft before anything else is said.
      if (problem instanceof Failure && problem.status === 429) await this.saving.flush();
      this.display.failure(problem, target, () => void this.send(scope, target));
      if (!(problem instanceof Failure)) throw problem;
    } finally {
      this.setBusy(false);
    }
  }

  private stdin(): string {
    return document.querySelector<HTMLTextAreaElement>("[data-stdin]")?.value ?? "";
  }

  private setBusy(isBusy: boolean): void {
    this.isBusy = isBusy;
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-send], [data-request-send]")) {
      // Not `disabled`: that would throw the focus away.
      if (isBusy) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  }

  private showJudged(judged: Judged, target: Target): void {
    this.editor.mark(marksOf(judged));
    this.display.judged(judged, target);
    if (judged.scope !== "full") return;
    void this.refreshFeedback();
  }

  /** After a reload the last verdict is in view again; one that was still under way is followed to its end. */
  private async resume(): Promise<void> {
    if (this.settings.response === null) return;
    try {
      const { body } = await call<{ submissions: Earlier[] }>(await this.submissionsAddress());
      const last = body.submissions.find((entry) => entry.scope !== "run" && entry.verdict !== "cancelled");
      if (!last) return;
      const since = Date.parse(last.created_at);
      let hasWaited = false;
      const judged = await this.submitter.follow(last.id, {
        pending: (submission, printed) => {
          hasWaited = true;
          if (!this.hasSent) this.display.pending(submission, printed, since, "tests");
        },
        interrupted: () => undefined,
      });
      if (this.hasSent) return;
      const isSame = JSON.stringify(Object.entries(last.files).sort()) === JSON.stringify(Object.entries(this.editor.texts()).sort());
      if (isSame) this.editor.mark(marksOf(judged));
      if (hasWaited) this.display.judged(judged, "tests");
      else this.display.tests(judged);
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
    this.replaceWithUndo(this.settings.starter, "The starter is back.");
  }

  private replaceWithUndo(files: Files, told: string): void {
    const before = this.editor.texts();
    this.editor.replace(files);
    this.editor.mark([]);
    toast(told, { label: "Undo", run: () => this.editor.replace(before) });
    this.editor.focus();
  }

  private async showEarlier(): Promise<void> {
    const address = this.settings.response === null ? null : await this.submissionsAddress();
    const chosen = await restoreDialog(address ? () => call(address) : null);
    if (chosen) this.replaceWithUndo(chosen.files, `The version of ${chosen.at} is back.`);
  }
}

function marksOf(judged: Judged): Mark[] {
  const marks: Mark[] = [];
  const add = (error: Judged["error"]): void => {
    if (!error?.file || !error.line) return;
    const message = error.message ? `${error.type}: ${error.message}` : error.type;
    if (marks.some((mark) => mark.file === error.file && mark.line === error.line && mark.message === message)) return;
    marks.push({ file: error.file, line: error.line, column: error.column, message, severity: "error" });
  };
  add(judged.error);
  for (const test of judged.tests) if (!test.passed) add(test.error);
  for (const response of judged.responses) add(response.error);
  return marks;
}

function tellInterruption(): void {
  setNotice("sending", {
    tone: "warn",
    icon: "offline",
    title: "The server does not answer. It is tried again by itself.",
    text: "Your code is kept. Sending it twice counts once.",
  });
}
