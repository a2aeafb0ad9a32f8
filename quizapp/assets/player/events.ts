/** What happens in the player, as events on the document: for parts that look on without the others knowing them. */

import type { Answer, Clock } from "./types.js";

export interface Happenings {
  /** Something was typed or chosen. `read` gives the answer as it stands. */
  "answer-changed": { response: number | null; read: () => Answer };
  /** The server has confirmed that it holds this answer. */
  "answer-saved": { response: number | null; revision: number; savedAt: Date; answer: Answer };
  /** The server's clock came with another reply; the moments are this machine's, in milliseconds. */
  "clock-told": { clock: Clock; sent: number; received: number };
  /** The server is out of reach since then; null: it can be reached again. */
  "connection-changed": { since: Date | null };
  /** What this browser keeps for the server has become more or less. */
  "journal-changed": null;
}

/** Tells everybody who listens. */
export function tell<Name extends keyof Happenings>(name: Name, detail: Happenings[Name]): void {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

/** Listens for as long as the page is there. */
export function listen<Name extends keyof Happenings>(name: Name, run: (detail: Happenings[Name]) => void): void {
  document.addEventListener(name, (event) => run((event as CustomEvent<Happenings[Name]>).detail));
}
