/** What the browser keeps of an answer while the server has not got it: the second line, gone once it is saved. */

import type { Answer, Settings } from "./types.js";

export interface Entry {
  answer: Answer;
  revision: number;
  /** The text of the last save that was sent, whether an answer to it came or not. */
  sent: string;
  at: string;
}

export class Journal {
  private readonly name: string;

  constructor(settings: Settings) {
    // Named after the person as well: a browser may be shared, and what one typed is not for the other.
    const place = settings.mode === "interview" ? settings.response : window.location.pathname;
    this.name = `quizapp.draft.${settings.owner}.${place}`;
  }

  read(): Entry | null {
    try {
      return JSON.parse(localStorage.getItem(this.name) ?? "null") as Entry | null;
    } catch {
      return null;
    }
  }

  write(entry: Entry): void {
    try {
      localStorage.setItem(this.name, JSON.stringify(entry));
    } catch {
      // Storage that is full or forbidden: the server's copy is then the only one.
    }
  }

  forget(): void {
    try {
      localStorage.removeItem(this.name);
    } catch {
      // Forbidden storage holds nothing either.
    }
  }
}

/** Writes an answer in one way only: keys sorted, and what is empty left out, as the server keeps it. */
export function canonical(answer: Answer | null): string {
  const sorted = (value: object, isOuter: boolean): [string, unknown][] =>
    Object.entries(value)
      .filter(([, item]) => !isOuter || (Array.isArray(item) ? item.length > 0 : Boolean(item)))
      .sort(([one], [other]) => (one < other ? -1 : 1));
  const outer = sorted(answer ?? {}, true).map(([key, value]) => [
    key,
    value !== null && typeof value === "object" && !Array.isArray(value) ? sorted(value, false) : value,
  ]);
  return JSON.stringify(outer);
}
