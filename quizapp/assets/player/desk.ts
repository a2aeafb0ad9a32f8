/** The desk of code: the editor with its files, what is sent from it, and where the results are shown. */

import { Failure } from "./api.js";
import { part, setNotice, toast } from "./dom.js";
import { Display, type Target } from "./display.js";
import { Editor } from "./editor.js";
import { marksOf } from "./marks.js";
import type { Places } from "./outcome.js";
import { RequestPanel } from "./requests.js";
import { Submitter } from "./submitting.js";
import { tabs } from "./tabs.js";
import type { Files, Judged, Scope, Settings } from "./types.js";

/** What a desk has to know of its question. */
export type Exercise = Pick<Settings, "kind" | "mode" | "isOpen" | "starter" | "samples" | "requests">;

export interface Hooks {
  changed(): void;
  /** Where code is sent to, and where one submission is asked for. */
  sendTo(): Promise<string>;
  askAt(id: number): string;
  /** A verdict has come and is shown. */
  judged(judged: Judged): void;
  /** Too many wait, so it may be a while. */
  refused(): Promise<void>;
}

export class Desk {
  readonly editor: Editor;
  readonly submitter: Submitter;
  readonly display: Display;
  hasSent = false;
  private readonly requests: RequestPanel | null;
  private readonly fileTabs = [...document.querySelectorAll<HTMLButtonElement>("[data-file]")];
  private isBusy = false;

  constructor(
    private readonly exercise: Exercise,
    private readonly hooks: Hooks,
  ) {
    const fields = [...document.querySelectorAll<HTMLTextAreaElement>("textarea[data-path]")];
    const texts = Object.fromEntries(fields.map((field) => [field.dataset["path"] ?? "", field.value]));
    const place = part("[data-editor-place]");
    this.editor = new Editor(place, Object.keys(texts), texts, exercise.samples, {
      changed: () => hooks.changed(),
      submit: () => void this.send("full", "tests"),
      moved: (line, column) => {
        part("[data-cursor]").textContent = `${line}:${column}`;
      },
    });
    part("[data-plain-editor]").remove();
    part("[data-without-script]").remove();
    place.hidden = false;
    tabs(part("[data-file-tabs]"), (name) => this.open(name));
    this.submitter = new Submitter(
      () => hooks.sendTo(),
      (id) => hooks.askAt(id),
    );
    this.requests = document.querySelector("[data-request-form]")
      ? new RequestPanel(exercise.requests, this.places, () => void this.send("run", "requests"))
      : null;
    this.display = new Display(exercise, this.places, this.requests, (id) => this.submitter.stop(id));
    this.listen();
  }

  private listen(): void {
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-send]")) {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        const scope = button.dataset["send"] as Scope;
        void this.send(scope, scope === "run" ? "output" : "tests");
      });
    }
    document.addEventListener("keydown", (event) => {
      const isAside = event.target instanceof Element && event.target.closest(".desk-side") !== null;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented && !isAside) {
        event.preventDefault();
        void this.send("full", "tests");
      }
    });
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
    has: (file) => file in this.exercise.starter,
    go: (file, line, column = 0) => {
      this.open(file);
      part("#editor").scrollIntoView({ block: "nearest" });
      this.editor.goTo(file, line, column);
    },
  };

  /** Sends the code as it stands, and shows what comes back. */
  private async send(scope: Scope, target: Target): Promise<void> {
    if (this.isBusy || !this.exercise.isOpen) return;
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
      this.editor.mark(marksOf(judged));
      this.display.judged(judged, target);
      this.hooks.judged(judged);
    } catch (problem) {
      // The server gets the code before anything else is said.
      if (problem instanceof Failure && problem.status === 429) await this.hooks.refused();
      this.display.failure(problem, target, () => void this.send(scope, target));
      if (!(problem instanceof Failure)) throw problem;
    } finally {
      this.setBusy(false);
    }
  }

  /** Follows what was sent before this page was opened to its end; what is sent meanwhile goes first. */
  async resume(id: number, since: number, target: Target): Promise<Judged | null> {
    let hasWaited = false;
    const judged = await this.submitter.follow(id, {
      pending: (submission, printed) => {
        hasWaited = true;
        if (!this.hasSent) this.display.pending(submission, printed, since, target);
      },
      interrupted: () => undefined,
    });
    if (this.hasSent) return null;
    if (hasWaited || target !== "tests") this.display.judged(judged, target);
    else this.display.tests(judged);
    return judged;
  }

  /** Puts other texts into the editor, with a way back. */
  replaceWithUndo(files: Files, told: string): void {
    const before = this.editor.texts();
    this.editor.replace(files);
    this.editor.mark([]);
    toast(told, { label: "Undo", run: () => this.editor.replace(before) });
    this.editor.focus();
  }

  /** Marks the lines that a verdict names, when it is about the code as it stands. */
  markIfSame(judged: Judged, files: Files): void {
    if (sorted(files) === sorted(this.editor.texts())) this.editor.mark(marksOf(judged));
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
}

function sorted(files: Files): string {
  return JSON.stringify(Object.entries(files).sort());
}

function tellInterruption(): void {
  setNotice("sending", {
    tone: "warn",
    icon: "offline",
    title: "The server does not answer. It is tried again by itself.",
    text: "Your code is kept. Sending it twice counts once.",
  });
}
