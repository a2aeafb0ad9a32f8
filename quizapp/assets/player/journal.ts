/**
 * What this browser keeps as long as the server has not got it: the second line, gone once it is confirmed.
 *
 * An entry belongs to a person, because a browser may be shared, and to one load of a page, because two tabs may hold
 * different texts for one question. It survives the page: whoever opens the question next takes it up, and any page of
 * the same person sends what was left behind (see catching-up).
 */

import { randomKey } from "./api.js";
import { tell } from "./events.js";
import type { Answer } from "./types.js";

interface Place {
  /** Where it is sent. */
  url: string;
  /** Null in practice. */
  attempt: number | null;
  position: number | null;
  /** When it was last edited, by this browser's clock. */
  at: string;
}

export interface AnswerEntry extends Place {
  kind: "answer";
  answer: Answer;
  /** The revision it is based on. */
  revision: number;
  /** The text of the last save that was sent, whether an answer to it came or not. */
  sent: string;
}

export interface NotesEntry extends Place {
  kind: "notes";
  text: string;
  revision: number;
}

export interface FlagEntry extends Place {
  kind: "flag";
  flagged: boolean;
}

export type Entry = AnswerEntry | NotesEntry | FlagEntry;

/** An entry with its name in the storage and its text there, by which it is known to be still the same. */
export interface Kept<Of extends Entry = Entry> {
  name: string;
  text: string;
  entry: Of;
}

const PREFIX = "quizapp.unsent";
const PAGE = randomKey();

/** The entries of one thing that is saved: an answer, the notes, a flag. */
export class Journal<Of extends Entry> {
  private readonly prefix: string;
  private readonly name: string;
  private adopted: Kept[] = [];

  constructor(owner: number, what: string) {
    this.prefix = `${PREFIX} ${owner} ${what} `;
    this.name = this.prefix + PAGE;
  }

  /** The newest entry, of this page or of one that is gone. */
  newest(): Kept<Of> | null {
    return (entries(this.prefix).at(-1) as Kept<Of> | undefined) ?? null;
  }

  /** This page's own entry; null when there is none, or another page has sent it. */
  own(): Of | null {
    try {
      return parsed(localStorage.getItem(this.name) ?? "") as Of | null;
    } catch {
      return null;
    }
  }

  /** Keeps it. False: this browser keeps nothing, because its storage is full or switched off. */
  write(entry: Of): boolean {
    try {
      localStorage.setItem(this.name, JSON.stringify(entry));
    } catch {
      return false;
    }
    // What was taken up from another page is in this entry now.
    for (const kept of this.adopted) remove(kept);
    this.adopted = [];
    tell("journal-changed", null);
    return true;
  }

  /** Takes over an entry of a page that is gone; it is let go when this page has its own, or has nothing to send. */
  adopt(kept: Kept): void {
    if (kept.name !== this.name) this.adopted.push(kept);
  }

  /** Lets the entry go: the server has it. */
  forget(): void {
    for (const kept of this.adopted) remove(kept);
    this.adopted = [];
    try {
      if (localStorage.getItem(this.name) === null) return;
      localStorage.removeItem(this.name);
    } catch {
      return; // Forbidden storage holds nothing either.
    }
    tell("journal-changed", null);
  }
}

/** Everything of this person that the server has not got, the oldest first; `others` leaves out this page's own. */
export function unsent(owner: number, others = false): Kept[] {
  return entries(`${PREFIX} ${owner} `).filter((kept) => !others || !kept.name.endsWith(` ${PAGE}`));
}

/** Lets an entry go, unless it has changed since it was read. */
export function remove(kept: Kept): void {
  try {
    if (localStorage.getItem(kept.name) !== kept.text) return;
    localStorage.removeItem(kept.name);
  } catch {
    return;
  }
  tell("journal-changed", null);
}

/** Notes in an answer's entry that it is being sent from here, so that its own page knows it again. False: it has changed. */
export function markSent(kept: Kept, entry: AnswerEntry): boolean {
  const text = JSON.stringify({ ...entry, sent: canonical(entry.answer) });
  try {
    if (localStorage.getItem(kept.name) !== kept.text) return false;
    localStorage.setItem(kept.name, text);
  } catch {
    return false;
  }
  kept.text = text;
  return true;
}

/** How many things wait, in words that begin a sentence or stand alone. */
export function waitingWords(count: number): string {
  return count === 1 ? "1 change waits to be sent" : `${count} changes wait to be sent`;
}

function entries(prefix: string): Kept[] {
  const found: Kept[] = [];
  try {
    for (const name of Object.keys(localStorage).filter((key) => key.startsWith(prefix))) {
      const text = localStorage.getItem(name) ?? "";
      const entry = parsed(text);
      if (entry) found.push({ name, text, entry });
    }
  } catch {
    return [];
  }
  return found.sort((one, other) => (one.entry.at < other.entry.at ? -1 : 1));
}

function parsed(text: string): Entry | null {
  try {
    const entry = JSON.parse(text) as Entry;
    return typeof entry.url === "string" && typeof entry.at === "string" ? entry : null;
  } catch {
    return null;
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
