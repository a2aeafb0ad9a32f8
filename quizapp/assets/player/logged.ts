/**
 * Exceptions that a Flask app turned into a 500. The answer does not carry them, but Flask writes them to its log, with
 * the request they belong to: so they are put where they help, at the request, the test and the line.
 */

import { PLACE, type Places } from "./outcome.js";
import type { CandidateError, Judged } from "./types.js";

const HEAD = /^\[[^\]]*\] ERROR in [^:]*: Exception on (\S+) \[([A-Z]+)\]$/m;

interface Logged {
  request: string;
  error: CandidateError;
}

/** Adds what the log knows to answers and failed tests that have no exception of their own. */
export function addLoggedErrors(judged: Judged, places: Places): void {
  const left = logged(judged.stderr, places);
  const taken = (request: string): CandidateError | null => {
    const at = left.findIndex((one) => one.request === request);
    return at < 0 ? null : (left.splice(at, 1)[0]?.error ?? null);
  };
  for (const response of judged.responses) {
    if (response.status === 500 && !response.error) response.error = left.shift()?.error ?? null;
  }
  for (const test of judged.tests) {
    const last = test.calls.at(-1);
    if (test.passed || test.error || !last?.got.startsWith("500")) continue;
    const error = taken((last.sent.split("\n")[0] ?? "").split("?")[0]?.trim() ?? "");
    if (!error) continue;
    Object.assign(test, { error, exception: error.type, file: error.file, line: error.line });
  }
}

/** Every exception in the log that went through one of the candidate's files. */
function logged(text: string, places: Places): Logged[] {
  const found: Logged[] = [];
  const blocks = text.split(HEAD);
  // A split by two groups gives: before, path, method, text, path, method, text, ...
  for (let at = 1; at + 2 < blocks.length; at += 3) {
    const error = candidateError(blocks[at + 2] ?? "", places);
    if (error) found.push({ request: `${blocks[at + 1]} ${blocks[at]}`, error });
  }
  return found;
}

function candidateError(block: string, places: Places): CandidateError | null {
  // Of chained exceptions the last one is what the request ended with.
  const trace = block.slice(Math.max(0, block.lastIndexOf("Traceback (most recent call last):")));
  const last = [...trace.matchAll(PLACE)].filter((frame) => places.has(frame[1] ?? "")).at(-1);
  // The first line that is not indented ends the traceback: the exception and its message.
  const said = trace.split("\n").find((line) => /^[A-Za-z_][\w.]*(:|$)/.test(line));
  if (!last || !said) return null;
  const colon = said.indexOf(":");
  const name = colon < 0 ? said : said.slice(0, colon);
  return {
    type: name.split(".").at(-1) ?? name,
    message: colon < 0 ? "" : said.slice(colon + 1).trim(),
    file: last[1] ?? "",
    line: Number(last[2]),
    column: 0,
    traceback: "",
  };
}
