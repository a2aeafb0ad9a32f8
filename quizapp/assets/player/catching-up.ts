/** Sends what pages left behind that are gone: other questions of an attempt, a tab that was killed, one without network. */

import { call, Failure, postForm } from "./api.js";
import { type AnswerEntry, type Entry, type Kept, markSent, type NotesEntry, remove, unsent } from "./journal.js";

/** What became of an entry. `stale`: another save was faster, and this one is kept beside it. `late`: kept, and not graded. */
export interface Arrival {
  entry: Entry;
  fate: "saved" | "stale" | "late";
}

/** A page that is alive saves sooner than this by itself. */
const ABANDONED_AFTER = 15_000;

let running: Promise<Arrival[]> | null = null;

/**
 * Sends what other pages of this person left, in the order in which it was typed, and gives what arrived. It ends where the
 * connection does; what did not arrive is kept. `atOnce` does not wait to see whether the other page is still alive.
 */
export function catchUp(owner: number, atOnce = false): Promise<Arrival[]> {
  running ??= inTurn(owner, atOnce).finally(() => {
    running = null;
  });
  return running;
}

/** Two tabs would send the same; that does no harm, but one of them is enough. */
async function inTurn(owner: number, atOnce: boolean): Promise<Arrival[]> {
  if (!("locks" in navigator)) return all(owner, atOnce);
  return navigator.locks.request("quizapp-catching-up", { ifAvailable: true }, async (lock) =>
    lock ? all(owner, atOnce) : [],
  );
}

async function all(owner: number, atOnce: boolean): Promise<Arrival[]> {
  const arrived: Arrival[] = [];
  for (const kept of unsent(owner, true)) {
    if (!atOnce && Math.abs(Date.now() - Date.parse(kept.entry.at)) < ABANDONED_AFTER) continue;
    if (kept.entry.kind === "answer" && !markSent(kept, kept.entry)) continue;
    try {
      arrived.push({ entry: kept.entry, fate: await send(kept) });
    } catch (problem) {
      if (!(problem instanceof Failure)) throw problem;
      // Without connection, signed out, or another person's session: nothing else would arrive either.
      if (problem.isPassing || [401, 403].includes(problem.status)) break;
      continue; // Refused for a reason of its own; its page says which when it is opened.
    }
    remove(kept);
  }
  return arrived;
}

async function send(kept: Kept): Promise<Arrival["fate"]> {
  const { entry } = kept;
  if (entry.kind === "flag") {
    await postForm(entry.url, { flagged: entry.flagged ? "1" : "0" });
    return "saved";
  }
  return entry.kind === "notes" ? sendNotes(entry) : sendAnswer(entry);
}

async function sendAnswer(entry: AnswerEntry): Promise<Arrival["fate"]> {
  try {
    await call(entry.url, { method: "PUT", body: { answer: entry.answer, revision: entry.revision } });
    return "saved";
  } catch (problem) {
    if (!(problem instanceof Failure) || problem.status !== 409) throw problem;
    return problem.body["current"] ? "stale" : "late";
  }
}

/** Notes of two windows are put one below the other: nothing is lost, and nobody has to choose. */
export async function sendNotes(entry: Pick<NotesEntry, "url" | "text" | "revision">): Promise<"saved"> {
  let { text, revision } = entry;
  for (let tries = 3; ; tries -= 1) {
    try {
      await call(entry.url, { method: "PUT", body: { text, revision } });
      return "saved";
    } catch (problem) {
      const current = problem instanceof Failure ? (problem.body["current"] as NotesState | undefined) : undefined;
      if (!current || tries === 0) throw problem;
      text = joined(current.text, text);
      revision = current.revision;
    }
  }
}

export interface NotesState {
  text: string;
  revision: number;
}

/** Both texts, where one does not hold the other already. */
export function joined(theirs: string, mine: string): string {
  if (mine.includes(theirs)) return mine;
  if (theirs.includes(mine)) return theirs;
  return `${theirs.trimEnd()}\n\n(From another window:)\n${mine}`;
}
