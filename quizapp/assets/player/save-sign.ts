/** The sign that says whether this answer is saved. It is read, not heard: what is urgent is announced elsewhere. */

import { clockTime, h, icon } from "./dom.js";
import { waitingWords } from "./journal.js";

/** "2 s ago" tells more than a clock for as long as one remembers typing. */
const RECENT = 60;

export class SaveSign {
  private ticking = 0;
  /** Whether more was typed since the save that the sign tells of. */
  private isBehind = false;

  /** The server has it. `isNew`: it was confirmed just now, not before this page was opened. */
  saved(at: Date, isNew: boolean): void {
    window.clearInterval(this.ticking);
    this.isBehind = false;
    const since = performance.now();
    const tick = (): void => {
      const seconds = Math.round((performance.now() - since) / 1000);
      const isRecent = isNew && seconds <= RECENT;
      const state = this.isBehind ? "behind" : "saved";
      this.show(state, "cloud-check", isRecent ? `Saved ${seconds} s ago` : `Saved ${clockTime(at)}`, `, ${clockTime(at)}`, isRecent);
      if (!isRecent) window.clearInterval(this.ticking);
    };
    tick();
    if (isNew) this.ticking = window.setInterval(tick, 1000);
  }

  /** Something was typed: what the sign says of the last save stays true, and is not all there is any more. */
  behind(): void {
    this.isBehind = true;
    for (const place of places()) if (place.dataset["save"] === "saved") place.dataset["save"] = "behind";
  }

  /** It is on its way for longer than one notices. */
  saving(): void {
    window.clearInterval(this.ticking);
    this.show("saving", "dots", "Saving");
  }

  /** The server has not got it; `why` and what to do are for screen readers, the notice says them to all. */
  waiting(text: string, why = "", sign = "offline"): void {
    window.clearInterval(this.ticking);
    this.show("waiting", sign, text, why, Boolean(why));
  }

  /** So many changes wait. Beside the clock of a narrow screen there is room for two words. */
  queued(count: number): void {
    window.clearInterval(this.ticking);
    this.show("waiting", "offline", waitingWords(count), "", false, count === 1 ? "1 waits" : `${count} wait`);
  }

  private show(state: "saved" | "behind" | "saving" | "waiting", sign: string, text: string, more = "", hasMore = false, short = ""): void {
    for (const place of places()) {
      place.dataset["save"] = state;
      place.hidden = false;
      const told = short ? [h("span", { class: "wide-only" }, text), h("span", { class: "narrow-only" }, short)] : [text];
      place.replaceChildren(icon(sign), h("span", {}, ...told, hasMore ? h("span", { class: "hidden-text" }, more) : null));
    }
  }
}

function places(): NodeListOf<HTMLElement> {
  return document.querySelectorAll<HTMLElement>("[data-save-state]");
}
