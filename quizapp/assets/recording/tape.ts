/**
 * What is recorded of one page of an attempt, from when it was opened: a list of entries, each with the time since the
 * entry before in hundredths of a second. Typing is kept in bursts of up to a second, so it tells what was written
 * and in which order, and nothing of the rhythm of single keys.
 */

import { applied, composed, type Edit, storable, wellFormed } from "./deltas.js";

/** How an edit came about: typed, pasted from somewhere else, pasted from the page's own texts, or by a button. */
export type How = "" | "p" | "m" | "r";

/** The shapes that are sent and stored; `rules/tapes.py` says the same on the server's side. */
export type Entry =
  | [wait: number, kind: "o", files: string[], texts: Record<string, string>]
  | [wait: number, file: number, from: number, removed: number, inserted: string, how?: How]
  | [wait: number, kind: "f", file: number]
  | [wait: number, kind: "a", seconds: number, how: "hidden" | "unfocused"]
  | [wait: number, kind: "n", seconds: number]
  | [wait: number, kind: "x"];

/** How long a burst of typing may become, in milliseconds. */
const BURST = 1000;

type Body<Whole> = Whole extends [number, ...infer Rest] ? Rest : never;

export class Tape {
  /** The texts as the entries so far make them, in the order of `files`. */
  readonly texts: string[];
  private entries: Entry[] = [];
  private burst: { file: number; began: number; edit: Edit } | null = null;
  private last = 0;

  /** `starter` is what the server knows already: only texts that differ from it are written down. */
  constructor(
    readonly files: string[],
    texts: string[],
    starter: string[],
    private readonly begun: number,
  ) {
    this.texts = texts.map(wellFormed);
    const changed = files.map((path, index) => [path, this.texts[index] ?? ""] as const);
    const told = changed.filter(([, text], index) => text !== (starter[index] ?? ""));
    this.entries.push([0, "o", files, Object.fromEntries(told)]);
  }

  /** Notes an edit at a moment (milliseconds, the same clock as `begun`). */
  edit(file: number, wanted: Edit, how: How, now: number): void {
    const text = this.texts[file];
    if (text === undefined) return;
    const edit = storable(text, wanted);
    this.texts[file] = applied(text, edit);
    if (how === "") {
      const burst = this.burst;
      const both = burst?.file === file && now - burst.began <= BURST ? composed(burst.edit, edit) : null;
      if (burst && both) {
        burst.edit = both;
        return;
      }
      this.settle();
      this.burst = { file, began: now, edit };
      return;
    }
    this.settle();
    this.write([file, edit.from, edit.removed, edit.inserted, how], now);
  }

  /** Notes anything that is no edit. */
  note(body: Body<Exclude<Entry, [number, number, ...unknown[]]>>, now: number): void {
    this.settle();
    this.write(body as Body<Entry>, now);
  }

  /** Gives the entries since the last time, typing that still goes on included. */
  take(): Entry[] {
    this.settle();
    const taken = this.entries;
    this.entries = [];
    return taken;
  }

  /** Whether there is something to take. */
  get isEmpty(): boolean {
    return this.entries.length === 0 && this.burst === null;
  }

  private settle(): void {
    if (!this.burst) return;
    const { file, began, edit } = this.burst;
    this.burst = null;
    if (edit.removed || edit.inserted) this.write([file, edit.from, edit.removed, edit.inserted], began);
  }

  private write(body: Body<Entry>, now: number): void {
    // A clock that is set back makes no time run backwards.
    const at = Math.max(this.last, Math.round((now - this.begun) / 10));
    this.entries.push([at - this.last, ...body] as Entry);
    this.last = at;
  }
}
