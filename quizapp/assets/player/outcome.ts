/** Draws what came of a submission: the verdict first, then every test, with the first failure open. */

import { type Child, clockTime, h, icon, svg } from "./dom.js";
import type { CandidateError, Judged, Pending, Shown, TestLine } from "./types.js";

/** The candidate's files, and the way to a line of theirs. */
export interface Places {
  has(file: string): boolean;
  go(file: string, line: number, column?: number): void;
}

const VERDICTS: Record<string, [string, string]> = {
  accepted: ["check-circle", "Accepted"],
  wrong_answer: ["cross-circle", "Wrong answer"],
  runtime_error: ["bolt", "Runtime error"],
  syntax_error: ["syntax", "Syntax error"],
  time_limit: ["clock", "Time limit"],
  memory_limit: ["chip", "Memory limit"],
  output_limit: ["overflow", "Output limit"],
  internal_error: ["wrench", "Fault on our side"],
  cancelled: ["minus", "Stopped"],
  taken: ["check", "Taken"],
  queued: ["dots", "Queued"],
  running: ["arc", "Running"],
};

/** A place in a traceback; `/box/` is where the submitted files lie. */
const PLACE = /File "(?:\/box\/)?([^"]+)", line (\d+)/g;

const ORDINALS = ["Next", "Second", "Third", "Fourth", "Fifth", "Sixth"];

/** The sign of a verdict: icon and word, always together. */
export function verdictSign(verdict: string, word = ""): HTMLElement {
  const [sign, name] = VERDICTS[verdict] ?? ["info", verdict];
  return h("span", { class: "verdict", "data-verdict": verdict }, icon(sign), word || name);
}

/** The sign of a run that came to its end: nothing was judged, so it is no verdict. */
export function endedSign(): HTMLElement {
  return h("span", { class: "verdict" }, icon("check"), "Ended");
}

/** The word of a verdict, for sentences that are read aloud. */
export function verdictWord(verdict: string): string {
  return VERDICTS[verdict]?.[1] ?? verdict;
}

/** Says where a submission that has no verdict yet is, and how long it may take. */
export function pendingText(submission: Pending, since: number): string {
  if (submission.state === "running") return `Started. ${waited(since)} so far.`;
  if (submission.sandbox_problem) return `Waiting. ${waited(since)} so far.`;
  const place = submission.place ?? 0;
  const standing = place > 0 ? `${ORDINALS[place] ?? `Number ${place + 1}`} in line` : "Next in line";
  const wait = submission.expected_wait_seconds;
  const expected = wait === null || wait === undefined ? "" : `, about ${Math.max(1, Math.round(wait))} s`;
  return `${standing}${expected}. ${waited(since)} so far.`;
}

function waited(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Whether there is nothing to tell of what tests found: it was stopped, or the interview keeps it to itself. */
function isUntold(judged: Judged): boolean {
  return judged.verdict === "cancelled" || judged.verdict === "taken";
}

/** The sentence that is read aloud when a verdict has come. */
export function verdictSentence(judged: Judged): string {
  return isUntold(judged) ? judged.verdict_text : `${verdictWord(judged.verdict)}.`;
}

/** What is written at the end of the pane's title: when, and how long judging took. */
export function judgedAt(submission: Judged): string {
  const at = clockTime(new Date(submission.finished_at ?? submission.created_at));
  if (isUntold(submission)) return at;
  if (submission.is_from_cache) return `${at}, judged before`;
  return `${at}, judged in ${submission.wall_seconds.toFixed(2)} s`;
}

/** Everything there is to say about a verdict on samples or on all tests. */
export function outcome(submission: Judged, settings: Shown, places: Places): Child[] {
  const tests = inOrder(submission.tests);
  const firstFailed = tests.findIndex((test) => !test.passed);
  return [
    head(submission),
    submission.error && h("div", { class: "outcome" }, ...errorParts(submission.error, places)),
    submission.tests.length > 0 &&
      h("ul", { class: "result-list" }, ...tests.map((test, index) => line(test, index === firstFailed, settings, places))),
  ];
}

/** Samples first: they were seen before. */
function inOrder(tests: TestLine[]): TestLine[] {
  return [...tests].sort((one, other) => Number(other.is_sample) - Number(one.is_sample));
}

function head(submission: Judged): HTMLElement {
  const figures: Child[] = [];
  if (submission.tests_total > 0) {
    figures.push(h("strong", {}, submission.tests_passed), ` of ${submission.tests_total} ${submission.scope === "sample" ? "samples" : "tests"}`);
  }
  if (submission.scope === "full" && submission.points !== null) {
    if (figures.length) figures.push(", ");
    figures.push(h("strong", {}, points(submission.points)), ` of ${points(submission.max_points)} points`);
  }
  return h(
    "div",
    { class: "outcome", "data-outcome": submission.verdict },
    h("div", { class: "row row-between" }, verdictSign(submission.verdict), h("span", { class: "figure small" }, ...figures)),
    submission.tests.length > 0 ? strip(inOrder(submission.tests)) : null,
    submission.verdict_text && !isPlain(submission) ? h("p", { class: "small muted" }, submission.verdict_text) : null,
    submission.sandbox_problem && h("p", { class: "small" }, submission.sandbox_problem),
    submission.cpu_seconds || submission.peak_memory_mib ? h("p", { class: "tiny faint figure", "data-usage": "" }, usage(submission)) : null,
  );
}

/** What the run used: processor time, time in all, memory at its peak. */
export function usage(submission: Judged): string {
  const memory = submission.peak_memory_mib ? `, ${Math.round(submission.peak_memory_mib)} MiB at its peak` : "";
  return `${submission.cpu_seconds.toFixed(2)} s of CPU time, ${submission.wall_seconds.toFixed(2)} s in all${memory}`;
}

/** With every test listed below, these two verdicts need no sentence. */
function isPlain(submission: Judged): boolean {
  return submission.tests.length > 0 && ["accepted", "wrong_answer"].includes(submission.verdict);
}

function points(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function strip(tests: TestLine[]): SVGElement {
  const step = 100 / tests.length;
  const gap = Math.min(0.8, step / 5);
  const rects = tests.map((test, index) =>
    svg("rect", {
      class: test.passed ? "pass" : "fail",
      x: `${(index * step).toFixed(2)}%`,
      width: `${(step - gap).toFixed(2)}%`,
      height: test.passed ? 3 : 6,
      y: test.passed ? 3 : 0,
    }),
  );
  return svg("svg", { class: "test-strip", "aria-hidden": "true" }, ...rects);
}

function line(test: TestLine, isOpen: boolean, settings: Shown, places: Places): HTMLElement {
  const sign = test.passed ? icon("check", "Passed", "sign-pass") : icon("cross", "Failed", "sign-fail");
  const name = h("span", { class: "name" }, ...breakable(test.title || shortName(test.name)));
  const origin = test.is_sample ? h("span", { class: "tag" }, "sample") : h("span", { class: "tiny faint" }, "hidden");
  // Of tests that somebody writes themselves nothing is hidden; the programs that they meet say what they are.
  if (settings.kind === "tests") origin.hidden = true;
  const took = test.seconds ? h("span", { class: "tiny faint figure", "data-seconds": "" }, `${test.seconds.toFixed(2)} s`) : null;
  const facts = h("span", { class: "row" }, took, origin);
  const details = detail(test, settings, places);
  if (!details.length) return h("li", {}, h("div", { class: "result-line" }, sign, name, facts));
  return h(
    "li",
    {},
    h(
      "details",
      { open: isOpen, "data-test": shortName(test.name) },
      h("summary", {}, sign, name, facts, icon("right", "", "turn")),
      h("div", { class: "detail" }, ...details),
    ),
  );
}

/** Lets a long name break after an underscore, not in the middle of a word. */
function breakable(name: string): Child[] {
  return name.split(/(?<=_)/).flatMap((word, index) => (index ? [h("wbr"), word] : [word]));
}

/** `test_hidden.py::TestShop::test_x` is shown as `TestShop::test_x`. */
function shortName(name: string): string {
  const parts = name.split("::");
  return parts.length > 1 && parts[0]?.endsWith(".py") ? parts.slice(1).join("::") : name;
}

function detail(test: TestLine, settings: Shown, places: Places): Child[] {
  const parts: Child[] = [];
  if (!test.passed && test.message) parts.push(h("p", { class: "told" }, test.message));
  const rows = comparison(test, settings);
  if (rows.length) parts.push(h("dl", { class: "compare" }, ...rows));
  if (!test.passed) parts.push(placeLine(test, places));
  if (test.note) {
    parts.push(h("p", {}, h("strong", {}, `${test.note.title.replace(/\.$/, "")}. `), h("span", { class: "muted" }, plain(test.note.text))));
  }
  return parts;
}

function comparison(test: TestLine, settings: Shown): HTMLElement[] {
  if (settings.mode === "interview" && !test.is_sample) return [];
  const rows: HTMLElement[] = [];
  const calls = test.passed ? test.calls : test.calls.slice(-3);
  const last = calls.at(-1);
  for (const call of calls) {
    rows.push(h("dt", {}, "Sent"), h("dd", {}, call.sent));
    // The answer to the last call is told below, beside what was expected.
    if (call !== last || test.passed || !test.expected) rows.push(h("dt", {}, "Got"), h("dd", {}, call.got));
  }
  if (test.passed || !test.expected) return rows;
  rows.push(h("dt", {}, "Expected"), h("dd", {}, test.expected));
  rows.push(h("dt", {}, "Got"), h("dd", { class: "sign-fail" }, test.got || last?.got || "nothing"));
  return rows;
}

function placeLine(test: TestLine, places: Places): HTMLElement | null {
  const isAssertion = test.exception === "" || test.exception === "AssertionError";
  if (isAssertion && !test.line) return null;
  return h(
    "p",
    { class: "small" },
    isAssertion ? null : h("code", {}, test.exception),
    !isAssertion && test.line ? " in " : null,
    test.line ? placeButton(test.file, test.line, test.error?.column ?? 0, places) : null,
  );
}

function placeButton(file: string, line: number, column: number, places: Places): HTMLElement {
  const button = h("button", { class: "place", type: "button" }, `${file}, line ${line}`);
  button.addEventListener("click", () => places.go(file, line, column));
  return button;
}

/** An exception of the candidate's code: what, where, and the way there, each line of it a link into the editor. */
export function errorParts(error: CandidateError, places: Places): HTMLElement[] {
  const parts: HTMLElement[] = [
    h(
      "p",
      { class: "error-line" },
      h("strong", { class: "mono" }, error.type),
      error.message ? h("span", { class: "mono" }, `: ${error.message}`) : null,
    ),
  ];
  if (error.frame) {
    if (error.file && error.line) parts.push(h("p", { class: "small" }, placeButton(error.file, error.line, error.column, places)));
    parts.push(h("pre", { class: "response trace", "data-frame": "", tabindex: "0", role: "region", "aria-label": "The place in your code" }, error.frame));
    return parts;
  }
  const isPlaced = error.traceback.includes('File "');
  if (error.file && error.line && !isPlaced) parts.push(h("p", { class: "small" }, placeButton(error.file, error.line, error.column, places)));
  if (error.traceback) parts.push(traceback(error.traceback, places));
  return parts;
}

function traceback(text: string, places: Places): HTMLElement {
  return h("pre", { class: "response trace", tabindex: "0", role: "region", "aria-label": "Traceback" }, ...linked(text, places));
}

/** The text with every place in the candidate's files as a link into the editor. */
export function linked(text: string, places: Places): Child[] {
  const pieces: Child[] = [];
  let at = 0;
  for (const found of text.matchAll(PLACE)) {
    const [whole, file = "", line = "1"] = found;
    if (!places.has(file)) continue;
    const button = h("button", { class: "place", type: "button" }, `File "${file}", line ${line}`);
    button.addEventListener("click", () => places.go(file, Number(line)));
    pieces.push(text.slice(at, found.index), button);
    at = found.index + whole.length;
  }
  pieces.push(text.slice(at));
  return pieces;
}

/** Notes are written in Markdown for the report; here its code marks are dropped. */
function plain(text: string): string {
  return text.replace(/`([^`]*)`/g, "$1");
}
