/** Where the workbench shows what comes back: the tests, the answers to requests, and what was printed. */

import { Failure } from "./api.js";
import { announce, type Child, clockTime, h, icon, part } from "./dom.js";
import {
  endedSign,
  errorParts,
  judgedAt,
  linked,
  outcome,
  type Places,
  usage,
  verdictSentence,
  verdictSign,
  verdictWord,
} from "./outcome.js";
import type { RequestPanel } from "./requests.js";
import { tabs } from "./tabs.js";
import type { Judged, Pending, Shown } from "./types.js";
import { Waiting } from "./waiting.js";

const HIDDEN = "In an interview, what your code prints while all tests run is not shown. Run it, or run the samples, to see it.";

export type Target = "tests" | "requests" | "output";

export class Display {
  private readonly results = part("[data-results]");
  private readonly when = part("[data-judged-at]");
  private readonly output = part("[data-output]");
  private readonly showSide: (name: string) => void;
  private waiting: Waiting | null = null;
  private printedSoFar = "";

  constructor(
    private readonly settings: Shown,
    private readonly places: Places,
    private readonly requests: RequestPanel | null,
    private readonly stop: (id: number) => Promise<void>,
  ) {
    this.showSide = tabs(part("[data-side-tabs]"), (name) => {
      if (name === "output") part("[data-output-sign]").hidden = true;
    });
  }

  /** Something is on its way to the server. */
  start(target: Target): void {
    const words = h("p", { class: "small muted" }, "On its way to the server.");
    if (target === "output") this.showSide("output");
    if (target === "tests") this.when.textContent = "";
    this.put(target, h("div", { class: "outcome" }, verdictSign("queued", "Sending"), words));
  }

  /** It waits or runs. */
  pending(submission: Pending, printed: string, since: number, target: Target): void {
    this.printedSoFar = printed;
    const known = this.waiting;
    const waiting = known?.shows(submission) ? known : new Waiting(submission.id, target === "output", this.stop);
    waiting.update(submission, printed, since);
    if (waiting === known) return;
    this.put(target, ...waiting.parts);
    this.waiting = waiting;
  }

  /** It could not be sent, and why. */
  failure(problem: unknown, target: Target, again: () => void): void {
    const text = problem instanceof Failure ? problem.message : "Something in this page went wrong.";
    const isTooMany = problem instanceof Failure && problem.status === 429;
    // A full queue tells itself that the code is saved.
    const kept = problem instanceof Failure && problem.code === "queue_full" ? "" : " Your code is still here.";
    const later = isTooMany && problem.retryAfter > 0 ? whenAgain(problem.retryAfter) : null;
    const button = h("button", { class: "button button-small", type: "button" }, icon("return"), "Try again");
    button.addEventListener("click", again);
    this.put(
      target,
      h(
        "div",
        { class: "outcome", role: "alert" },
        h("p", { class: "row" }, icon("warning", "", "sign-warn"), h("strong", {}, isTooMany ? "Not taken yet." : "Not sent.")),
        h("p", { class: "small" }, `${text}${kept}`),
        later ? h("p", { class: "small", "data-again": "" }, later) : null,
        h("div", { class: "row" }, button),
      ),
    );
  }

  /** Shows and says a verdict that was waited for. */
  judged(judged: Judged, target: Target): void {
    const hadFocus = this.waiting?.hasFocus ?? false;
    this.drawJudged(judged, target);
    this.waiting = null;
    // The button that had the focus is gone; what it made is where one goes on reading.
    if (hadFocus) this.place(target).focus();
  }

  private drawJudged(judged: Judged, target: Target): void {
    if (target === "tests") {
      this.tests(judged);
      const tally = judged.tests_total ? `, ${judged.tests_passed} of ${judged.tests_total} tests` : "";
      announce(tally ? `${verdictWord(judged.verdict)}${tally}.` : verdictSentence(judged));
      if (!window.matchMedia("(min-width: 64rem)").matches) part("#tests").scrollIntoView({ block: "start" });
    } else if (target === "requests") {
      this.answers(judged);
    } else {
      this.printed(judged);
      announce(judged.verdict === "accepted" ? "The run has ended." : verdictSentence(judged));
    }
  }

  /** Draws a verdict on samples or on all tests. */
  tests(judged: Judged): void {
    this.when.textContent = judgedAt(judged);
    this.put("tests", ...outcome(judged, this.settings, this.places));
    const score = document.querySelector("[data-jump-score]");
    if (score) {
      score.textContent = judged.tests_total ? `${judged.tests_passed}/${judged.tests_total}` : "";
      score.className = judged.verdict === "accepted" ? "sign-pass" : "sign-fail";
    }
    this.printed(judged);
  }

  private answers(judged: Judged): void {
    if (judged.responses.length) this.requests?.show(judged.responses);
    else this.put("requests", ...this.failedRun(judged));
    if (judged.stdout || judged.stderr) this.printed(judged);
    const last = judged.responses.at(-1);
    announce(last ? `Answer ${last.status} ${last.reason}.` : verdictSentence(judged));
  }

  private failedRun(judged: Judged): Child[] {
    return [
      h("div", { class: "outcome" }, verdictSign(judged.verdict), h("p", { class: "small muted" }, judged.verdict_text)),
      judged.error ? h("div", { class: "outcome" }, ...errorParts(judged.error, this.places)) : null,
    ];
  }

  private printed(judged: Judged): void {
    const isStopped = judged.verdict === "cancelled";
    // What a run printed before it was stopped stays in view; with the verdict nothing of it is kept.
    const stdout = judged.stdout || (isStopped && judged.scope === "run" ? this.printedSoFar : "");
    const isPrinted = Boolean(stdout || judged.stderr);
    this.put(
      "output",
      ...(judged.scope === "run" ? this.runHead(judged) : []),
      ...stream("Printed", stdout, judged.stdout_cut, this.places),
      ...stream("Errors and log", judged.stderr, judged.stderr_cut, this.places),
      isPrinted || isStopped ? null : h("p", { class: "quiet-note muted small" }, this.isHidden(judged) ? HIDDEN : "Nothing was printed."),
    );
    const isShown = part("#tab-output").getAttribute("aria-selected") === "true";
    part("[data-output-sign]").hidden = !isPrinted || isShown;
  }

  private isHidden(judged: Judged): boolean {
    return this.settings.mode === "interview" && judged.scope === "full";
  }

  private runHead(judged: Judged): Child[] {
    const isEnded = judged.verdict === "accepted";
    const sign = isEnded ? endedSign() : verdictSign(judged.verdict);
    return [
      h(
        "div",
        { class: "outcome" },
        h("div", { class: "row row-between" }, sign, judged.verdict === "cancelled" ? null : h("span", { class: "tiny faint figure" }, usage(judged))),
        isEnded ? null : h("p", { class: "small muted" }, judged.verdict_text),
      ),
      judged.error ? h("div", { class: "outcome" }, ...errorParts(judged.error, this.places)) : null,
    ];
  }

  private place(target: Target): HTMLElement {
    if (target === "requests") return part("[data-response]");
    return target === "tests" ? this.results : this.output;
  }

  private put(target: Target, ...parts: Child[]): void {
    if (target === "requests") {
      this.requests?.showNothing(...parts);
      return;
    }
    this.place(target).replaceChildren(...(parts.filter((part) => part !== null && part !== false && part !== undefined) as Node[]));
  }
}

function whenAgain(seconds: number): string {
  const again = clockTime(new Date(Date.now() + seconds * 1000));
  return `Send it again at ${again} or later, in about ${seconds} s.`;
}

function stream(title: string, text: string, isCut: boolean, places: Places): HTMLElement[] {
  if (!text) return [];
  return [
    h("h3", { class: "stream-title" }, title),
    h(
      "pre",
      { class: "response", tabindex: "0", role: "region", "aria-label": title },
      ...linked(text, places),
      isCut ? h("span", { class: "faint" }, "\n… cut here: more was printed than is kept") : null,
    ),
  ];
}
