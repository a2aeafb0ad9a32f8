/** Plays tapes: the texts of an answer at any moment, from what its pages recorded. */

import { applied } from "../recording/deltas.js";
import type { Entry, How } from "../recording/tape.js";

export interface Recorded {
  /** Seconds after the question was opened first. */
  at: number;
  entries: Entry[];
}

/** The answer at one moment: of the page in which something was done last. */
export interface Frame {
  /** How many steps were made. */
  step: number;
  texts: Record<string, string>;
  /** The file that was in view or edited last. */
  file: string;
  /** What the last entry changed, if it changed anything. */
  edit: { from: number; to: number; how: How } | null;
}

interface Step {
  at: number;
  tape: number;
  entry: Entry;
}

interface State {
  index: number;
  texts: string[][];
  files: string[][];
  shown: number[];
  last: Step | null;
}

/** So many steps lie between two states that are kept, so that going back is as quick as going on. */
const KEPT_EVERY = 256;

export class Film {
  private readonly steps: Step[] = [];
  private readonly kept: State[] = [];
  private state: State;

  constructor(
    tapes: Recorded[],
    private readonly starter: Record<string, string>,
  ) {
    tapes.forEach((tape, number) => {
      let at = tape.at;
      for (const entry of tape.entries) {
        at += entry[0] / 100;
        this.steps.push({ at, tape: number, entry });
      }
    });
    this.steps.sort((one, other) => one.at - other.at); // stable: the order within a tape stays
    this.state = { index: 0, texts: tapes.map(() => []), files: tapes.map(() => []), shown: tapes.map(() => 0), last: null };
    this.kept.push(copy(this.state));
  }

  /** The answer at so many seconds. */
  at(seconds: number): Frame {
    const target = this.count(seconds);
    if (target < this.state.index) {
      const from = this.kept[Math.floor(target / KEPT_EVERY)] ?? this.kept[0];
      if (from) this.state = copy(from);
    }
    while (this.state.index < target) this.step();
    return this.frame();
  }

  /** The moments at which something happened, for going through them one by one. */
  get moments(): number[] {
    return this.steps.map((step) => step.at);
  }

  /** How many steps were made until a moment, itself included. */
  private count(seconds: number): number {
    let low = 0;
    let high = this.steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      // Written moments are rounded to hundredths.
      if ((this.steps[middle]?.at ?? 0) <= seconds + 0.006) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private step(): void {
    const { state } = this;
    const step = this.steps[state.index];
    if (!step) return;
    const { entry, tape } = step;
    if (entry[1] === "o") {
      state.files[tape] = entry[2];
      state.texts[tape] = entry[2].map((path) => entry[3][path] ?? this.starter[path] ?? "");
    } else if (entry[1] === "f") {
      state.shown[tape] = entry[2];
    } else if (typeof entry[1] === "number") {
      const [, file, from, removed, inserted] = entry as [number, number, number, number, string];
      const texts = state.texts[tape] ?? [];
      texts[file] = applied(texts[file] ?? "", { from, removed, inserted });
      state.shown[tape] = file;
    }
    state.last = step;
    state.index += 1;
    const place = state.index / KEPT_EVERY;
    if (Number.isInteger(place) && !this.kept[place]) this.kept[place] = copy(state);
  }

  private frame(): Frame {
    const { last, texts, files, shown } = this.state;
    const tape = last?.tape ?? 0;
    const named = files[tape] ?? [];
    const entry = last?.entry;
    const edit =
      entry && typeof entry[1] === "number"
        ? { from: entry[2] as number, to: (entry[2] as number) + (entry[4] as string).length, how: (entry[5] ?? "") as How }
        : null;
    return {
      step: this.state.index,
      texts: Object.fromEntries(named.map((path, index) => [path, texts[tape]?.[index] ?? ""])),
      file: named[shown[tape] ?? 0] ?? "",
      edit,
    };
  }
}

function copy(state: State): State {
  return { ...state, texts: state.texts.map((texts) => [...texts]), files: [...state.files], shown: [...state.shown] };
}
