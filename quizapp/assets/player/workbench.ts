/** The workbench of a code question: editor, tests, requests and output on one desk. */

import { call, Failure } from "./api.js";
import { announce, type Child, confirmed, h, icon, part, setNotice, toast } from "./dom.js";
import { Editor, type Mark } from "./editor.js";
import { restoreDialog } from "./earlier.js";
import { addLoggedErrors } from "./logged.js";
import {
  endedSign,
  errorParts,
  judgedAt,
  linked,
  outcome,
  pendingOutcome,
  pendingText,
  type Places,
  verdictSign,
  verdictWord,
} from "./outcome.js";
import { RequestPanel } from "./requests.js";
import { Saving } from "./saving.js";
import { Submitter } from "./submitting.js";
import { tabs } from "./tabs.js";
import type { Answer, Files, Judged, Pending, Scope, Settings } from "./types.js";

/** Makes the workbench live, and gives the saving of its code. */
export function startWorkbench(settings: Settings): Saving {
  return new Workbench(settings).saving;
}

class Workbench {
  readonly saving: Saving;
  private readonly editor: Editor;
  private readonly submitter: Submitter;
  private readonly requests: RequestPanel | null;
  private readonly fileTabs = [...document.querySelectorAll<HTMLButtonElement>("[data-file]")];
  private readonly results = part("[data-results]");
  private readonly when = part("[data-judged-at]");
  private readonly output = part("[data-output]");
  private showSide: (name: string) => void;
  private busy: Scope | null = null;

  constructor(private readonly settings: Settings) {
    const fields = [...document.querySelectorAll<HTMLTextAreaElement>("textarea[data-path]")];
    const texts = Object.fromEntries(fields.map((field) => [field.dataset["path"] ?? "", field.value]));
    const place = part("[data-editor-place]");
    this.editor = new Editor(place, Object.keys(texts), texts, settings.samples, {
      changed: () => this.changed(),
      submit: () => void this.send("full"),
      moved: (line, column) => {
        part("[data-cursor]").textContent = `${line}:${column}`;
      },
    });
    part("[data-plain-editor]").remove();
    part("[data-without-script]").remove();
    place.hidden = false;
    tabs(part("[data-file-tabs]"), (name) => this.open(name));
    this.saving = new Saving(settings, { read: () => this.answer(), write: (answer) => this.restore(answer.files ?? {}) });
    this.submitter = new Submitter(
      () => this.submissionsAddress(),
      (id) => (settings.submissionUrl ?? "").replace("/0", `/${id}`),
    );
    this.showSide = tabs(part("[data-side-tabs]"), (name) => {
      if (name === "output") part("[data-output-sign]").hidden = true;
    });
    this.requests = document.querySelector("[data-request-form]")
      ? new RequestPanel(settings, this.places, () => void this.send("run", true))
      : null;
    this.listen();
  }

  private listen(): void {
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-send]")) {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        void this.send(button.dataset["send"] as Scope);
      });
    }
    part("[data-reset]").addEventListener("click", () => void this.reset());
    part("[data-earlier]").addEventListener("click", () => void this.showEarlier());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) {
        event.preventDefault();
        void this.send("full");
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

  private async send(scope: Scope, asRequests = false): Promise<void> {
    if (this.busy || !this.settings.isOpen) return;
    this.setBusy(scope);
    const since = Date.now();
    const sending = {
      scope,
      files: this.editor.texts(),
      ...(scope === "run" ? { stdin: asRequests ? "" : this.stdin() } : {}),
      ...(asRequests && this.requests ? { requests: this.requests.read() } : {}),
    };
    setNotice("sending", null);
    this.showStart(scope, asRequests);
    try {
      const judged = await this.submitter.send(sending, {
        pending: (submission, printed) => {
          setNotice("sending", null);
          this.showPending(submission, printed, since, asRequests);
        },
        interrupted: () => this.showInterrupted(),
      });
      setNotice("sending", null);
      this.showJudged(judged, asRequests);
    } catch (problem) {
      this.showFailure(problem, scope, asRequests);
    } finally {
      this.setBusy(null);
    }
  }

  private stdin(): string {
    return document.querySelector<HTMLTextAreaElement>("[data-stdin]")?.value ?? "";
  }

  private setBusy(scope: Scope | null): void {
    this.busy = scope;
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-send], [data-request-send]")) {
      // Not `disabled`: that would throw the focus away.
      if (scope) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  }

  private showStart(scope: Scope, asRequests: boolean): void {
    const sentence = h("div", { class: "outcome" }, verdictSign("queued", "Sending"), h("p", { class: "small muted" }, "On its way to the server."));
    if (scope !== "run") {
      this.results.replaceChildren(sentence);
      this.when.textContent = "";
    } else if (asRequests) {
      this.requests?.showNothing(sentence);
    } else {
      this.showSide("output");
      this.output.replaceChildren(sentence);
    }
  }

  private showPending(submission: Pending, printed: string, since: number, asRequests: boolean): void {
    if (submission.scope !== "run") {
      this.results.replaceChildren(pendingOutcome(submission, since));
    } else if (asRequests) {
      this.requests?.showNothing(pendingOutcome(submission, since));
    } else {
      const head = h("div", { class: "outcome" }, h("div", { class: "row row-between" }, verdictSign(submission.state), h("span", { class: "small muted figure" }, pendingText(submission, since))));
      if (submission.sandbox_problem) head.append(h("p", { class: "small" }, submission.sandbox_problem));
      this.output.replaceChildren(head, h("pre", { class: "response" }, printed));
    }
  }

  private showInterrupted(): void {
    setNotice("sending", {
      tone: "warn",
      icon: "offline",
      title: "The server does not answer. It is tried again by itself.",
      text: "Your code is kept. Sending it twice counts once.",
    });
  }

  private showFailure(problem: unknown, scope: Scope, asRequests: boolean): void {
    const text = problem instanceof Failure ? problem.message : "Something in this page went wrong.";
    const again = h("button", { class: "button button-small", type: "button" }, icon("return"), "Try again");
    again.addEventListener("click", () => void this.send(scope, asRequests));
    const box = h(
      "div",
      { class: "outcome", role: "alert" },
      h("p", { class: "row" }, icon("warning", "", "sign-warn"), h("strong", {}, "Not sent.")),
      h("p", { class: "small" }, `${text} Your code is still here.`),
      h("div", { class: "row" }, again),
    );
    if (scope !== "run") this.results.replaceChildren(box);
    else if (asRequests) this.requests?.showNothing(box);
    else this.output.replaceChildren(box);
    if (!(problem instanceof Failure)) throw problem;
  }

  private showJudged(judged: Judged, asRequests: boolean): void {
    addLoggedErrors(judged, this.places);
    const marks = marksOf(judged);
    this.editor.mark(marks);
    if (judged.scope === "run") this.showRun(judged, asRequests);
    else this.showTests(judged);
    if (judged.scope !== "full") return;
    document.dispatchEvent(new CustomEvent("answer-saved"));
    void this.refreshFeedback();
  }

  private showTests(judged: Judged): void {
    this.when.textContent = judgedAt(judged);
    this.results.replaceChildren(...(outcome(judged, this.settings, this.places).filter(Boolean) as Node[]));
    const score = document.querySelector("[data-jump-score]");
    if (score) {
      score.textContent = judged.tests_total ? `${judged.tests_passed}/${judged.tests_total}` : "";
      score.className = judged.verdict === "accepted" ? "sign-pass" : "sign-fail";
    }
    const tally = judged.tests_total ? `, ${judged.tests_passed} of ${judged.tests_total} tests` : "";
    announce(`${verdictWord(judged.verdict)}${tally}.`);
    if (judged.stdout || judged.stderr) this.showOutput(judged);
    if (!window.matchMedia("(min-width: 64rem)").matches) part("#tests").scrollIntoView({ block: "start" });
  }

  private showRun(judged: Judged, asRequests: boolean): void {
    if (!asRequests) {
      this.showOutput(judged);
      announce(judged.verdict === "accepted" ? "The run has ended." : `${verdictWord(judged.verdict)}.`);
      return;
    }
    if (judged.responses.length) this.requests?.show(judged.responses);
    else this.requests?.showNothing(...this.failureOfRun(judged));
    if (judged.stdout || judged.stderr) this.showOutput(judged);
    const last = judged.responses.at(-1);
    announce(last ? `Answer ${last.status} ${last.reason}.` : `${verdictWord(judged.verdict)}.`);
  }

  private failureOfRun(judged: Judged): Child[] {
    return [
      h("div", { class: "outcome" }, verdictSign(judged.verdict), h("p", { class: "small muted" }, judged.verdict_text)),
      judged.error ? h("div", { class: "outcome" }, ...errorParts(judged.error, this.places)) : null,
    ];
  }

  private showOutput(judged: Judged): void {
    const parts: Child[] = [];
    if (judged.scope === "run") {
      const facts = `${judged.wall_seconds.toFixed(2)} s, ${Math.round(judged.peak_memory_mib)} MiB`;
      parts.push(
        h(
          "div",
          { class: "outcome" },
          h("div", { class: "row row-between" }, judged.verdict === "accepted" ? endedSign() : verdictSign(judged.verdict), h("span", { class: "tiny faint figure" }, facts)),
          judged.verdict === "accepted" ? null : h("p", { class: "small muted" }, judged.verdict_text),
        ),
      );
      if (judged.error) parts.push(h("div", { class: "outcome" }, ...errorParts(judged.error, this.places)));
    }
    parts.push(...stream("Printed", judged.stdout, judged.stdout_cut, this.places), ...stream("Errors and log", judged.stderr, judged.stderr_cut, this.places));
    if (!judged.stdout && !judged.stderr) parts.push(h("p", { class: "quiet-note muted small" }, "Nothing was printed."));
    this.output.replaceChildren(...(parts.filter(Boolean) as Node[]));
    const count = document.querySelector<HTMLElement>("[data-output-sign]");
    if (count) count.hidden = !(judged.stdout || judged.stderr) || part("#tab-output").getAttribute("aria-selected") === "true";
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

function stream(title: string, text: string, isCut: boolean, places: Places): HTMLElement[] {
  if (!text) return [];
  return [
    h("h3", { class: "stream-title" }, title),
    h("pre", { class: "response", tabindex: "0", role: "region", "aria-label": title }, ...linked(text, places), isCut ? h("span", { class: "faint" }, "\n… cut here: more was printed than is kept") : null),
  ];
}
