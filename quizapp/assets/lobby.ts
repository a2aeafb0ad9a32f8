/** The lobby: tries out what an interview needs, by the addresses that an interview uses. Nothing of it counts. */

import { call, Failure, randomKey } from "./player/api.js";
import { announce, icon, part, useSprite } from "./player/dom.js";

interface Begun {
  draft_url: string;
  submissions_url: string;
  revision: number;
  file: string;
  sandbox_problem: string | null;
}

interface Sent {
  id: number;
  state: string;
  verdict: string | null;
  verdict_text?: string;
  stdout?: string;
  sandbox_problem: string | null;
}

/** One line's outcome: how it went, in two or three words, and what there is to know or to do about it. */
interface Told {
  tone: "pass" | "warn" | "fail";
  state: string;
  advice?: string;
}

const SIGNS = { pass: "check-circle", warn: "warning", fail: "cross-circle" };
const OFF_SECONDS = 5;
const SLOW_MILLISECONDS = 2000;
const WAIT_SECONDS = 90;
const ASK_AGAIN_MILLISECONDS = 700;

const place = part("[data-try-out]");
const start = part<HTMLButtonElement>("[data-try-out-start]", place);

function show(check: string, told: Told): void {
  const line = part(`[data-check="${check}"]`, place);
  line.dataset.outcome = told.tone;
  part("[data-check-sign]", line).replaceChildren(icon(SIGNS[told.tone], "", `sign-${told.tone}`));
  part("[data-check-state]", line).textContent = told.state;
  part("[data-check-told]", line).textContent = told.advice ?? "";
}

function begin(check: string): void {
  const line = part(`[data-check="${check}"]`, place);
  delete line.dataset.outcome;
  part("[data-check-sign]", line).replaceChildren(icon("arc"));
  part("[data-check-state]", line).textContent = "being tried";
  part("[data-check-told]", line).textContent = "";
}

/** Runs one check; whatever goes wrong becomes its line. */
async function tried(check: string, attempt: () => Promise<Told>, advice: string): Promise<Told> {
  begin(check);
  let told: Told;
  try {
    told = await attempt();
  } catch (problem) {
    if (!(problem instanceof Failure)) throw problem;
    told = { tone: "fail", state: "did not work", advice: `${problem.message} ${advice}` };
  }
  show(check, told);
  return told;
}

async function clock(): Promise<Told> {
  const sent = Date.now();
  const { body } = await call<{ now: string }>(place.dataset.clock ?? "");
  const taken = Date.now() - sent;
  const ahead = (sent + taken / 2 - Date.parse(body.now)) / 1000;
  const way = `The way there and back takes ${taken} ms.`;
  if (Math.abs(ahead) > OFF_SECONDS + taken / 2000) {
    const direction = ahead > 0 ? "ahead" : "behind";
    return {
      tone: "warn",
      state: `${spoken(Math.abs(ahead))} ${direction}`,
      advice: "The timer follows the server's clock, so you lose no time. Do not go by the clock of this device, or have it set automatically.",
    };
  }
  if (taken > SLOW_MILLISECONDS) {
    return { tone: "warn", state: "right, and slow to reach", advice: `${way} Saves take their time, and the page says when each has arrived. If you can, use another network.` };
  }
  return { tone: "pass", state: `right to ${Math.max(1, Math.round(Math.abs(ahead)))} s`, advice: way };
}

function spoken(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

async function save(begun: Begun, text: string): Promise<Told> {
  const sent = Date.now();
  const answer = { files: { [begun.file]: text } };
  const { body } = await call<{ revision: number }>(begun.draft_url, { method: "PUT", body: { answer, revision: begun.revision } });
  if (body.revision !== begun.revision + 1) throw new Failure(0, "The save was not confirmed.");
  return { tone: "pass", state: "confirmed", advice: `The server has confirmed a text after ${Date.now() - sent} ms.` };
}

async function run(begun: Begun, text: string, word: string): Promise<Told> {
  const sent = Date.now();
  const body = { scope: "run", files: { [begun.file]: text }, key: randomKey() };
  let told = (await call<{ submission: Sent }>(begun.submissions_url, { method: "POST", body })).body.submission;
  while (told.state !== "done") {
    if (Date.now() - sent > WAIT_SECONDS * 1000) {
      const why = told.sandbox_problem ?? "More is waiting than usual.";
      return { tone: "warn", state: `still waiting after ${WAIT_SECONDS} s`, advice: `${why} Code that you submit is kept and graded even if it waits; try this again later, or ask for help before you start.` };
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MILLISECONDS));
    told = (await call<{ submission: Sent }>(`/submissions/${told.id}`)).body.submission;
  }
  if (told.verdict === "accepted" && told.stdout?.includes(word)) {
    return { tone: "pass", state: "ran", advice: `The program's output was there after ${((Date.now() - sent) / 1000).toFixed(1)} s.` };
  }
  return { tone: "fail", state: "did not run", advice: `${told.verdict_text ?? ""} The program is right, so this is a fault on our side. Try again in a minute; if it stays, ask for help before you start.` };
}

async function all(): Promise<void> {
  const word = randomKey();
  const text = `print("${word}")\n`;
  const again = "Check the connection, load the page again, and ask for help if it stays.";
  const outcomes = [await tried("clock", clock, again)];
  let begun: Begun | undefined;
  outcomes.push(
    await tried(
      "save",
      async () => {
        begun = (await call<Begun>(place.dataset.tryOut ?? "", { method: "POST", body: {} })).body;
        return save(begun, text);
      },
      again,
    ),
  );
  const where = begun;
  outcomes.push(
    await tried(
      "run",
      async () => {
        if (!where) throw new Failure(0, "It was not tried, because saving did not work.");
        return run(where, text, word);
      },
      again,
    ),
  );
  const bad = outcomes.filter((told) => told.tone !== "pass").length;
  announce(bad ? `Tried out: ${bad} of ${outcomes.length} need a look.` : "Tried out: everything works.");
}

function press(): void {
  // Not `disabled`: that would throw the focus away.
  if (start.getAttribute("aria-disabled") === "true") return;
  start.setAttribute("aria-disabled", "true");
  part("[data-try-out-lines]", place).hidden = false;
  announce("Being tried out.");
  void all().finally(() => {
    start.removeAttribute("aria-disabled");
    part("span", start).textContent = "Try it out again";
  });
}

useSprite(document.documentElement.dataset.icons ?? "");
start.addEventListener("click", press);
start.hidden = false;
