/** Whether the server can be reached, said in words with since when, and what is kept here meanwhile. */

import { call, type Failure } from "./api.js";
import { type Arrival, catchUp } from "./catching-up.js";
import { announce, clockTime, h, setNotice } from "./dom.js";
import { listen, tell } from "./events.js";
import { unsent, waitingWords } from "./journal.js";
import type { Settings } from "./types.js";

/** How long the good news stands. */
const CONNECTED_FOR = 8000;
/** What other pages left is looked for this often. */
const LOOK_EVERY = 20_000;

export class Connection {
  private away: { since: Date; isFault: boolean } | null = null;
  private isCatchingUp = false;
  private savedAt: Date | null;
  private shown = "";
  private readonly arrived: Arrival[] = [];

  constructor(private readonly settings: Settings) {
    this.savedAt = settings.savedAt ? new Date(settings.savedAt) : null;
    listen("answer-saved", ({ savedAt }) => {
      this.savedAt = savedAt;
      this.found();
    });
    listen("journal-changed", () => this.settle());
    window.addEventListener("offline", () => this.lose(false));
    window.setInterval(() => void this.catchUp(), LOOK_EVERY);
    if (document.documentElement.dataset["kept"]) this.lose(false);
    else void this.catchUp();
  }

  /** When the connection went away; null while it is there. */
  get since(): Date | null {
    return this.away?.since ?? null;
  }

  /** Whether the page should not be left without a thought: in an interview, while the server is out of reach. */
  get holds(): boolean {
    return this.away !== null && this.settings.clockUrl !== null;
  }

  /** Asks the server whether it can be reached by now. */
  async isBack(): Promise<boolean> {
    try {
      await call(this.settings.clockUrl ?? window.location.href, { seconds: 3 });
      this.found();
    } catch {
      return false;
    }
    return true;
  }

  /** Something did not reach the server, or the server could not take it. */
  lost(problem: Failure): void {
    this.lose(problem.status !== 0);
  }

  /** The server answered. */
  found(): void {
    if (!this.away) return;
    this.away = null;
    this.isCatchingUp = true;
    tell("connection-changed", { since: null });
    void this.catchUp(true).then(() => this.settle());
  }

  private lose(isFault: boolean): void {
    if (this.away) return;
    this.away = { since: new Date(), isFault };
    this.isCatchingUp = false;
    this.shown = "";
    const title = this.title();
    this.show();
    announce(`${title} What you type is kept in this browser.`, "assertive");
    tell("connection-changed", { since: this.away.since });
  }

  private title(): string {
    const since = clockTime(this.away?.since ?? new Date());
    return this.away?.isFault ? `The server cannot save since ${since}. Keep working.` : `No connection since ${since}. Keep working.`;
  }

  private show(): void {
    const count = unsent(this.settings.owner).length;
    const waits = count ? ` ${waitingWords(count)}.` : "";
    const clock = this.settings.clockUrl ? " The clock runs on the server and goes on; answers that arrive in time count." : "";
    const last = this.savedAt ? ` Last saved on the server: ${clockTime(this.savedAt)}.` : "";
    const text = `What you type is kept in this browser and sent when the connection is back.${clock}${last}${waits}`;
    if (this.shown === text) return; // Typing goes on below; the notice is not to be heard with every key.
    this.shown = text;
    setNotice("offline", { tone: "warn", icon: "offline", title: this.title(), text });
  }

  /** Brings the notice in step with what waits; says when all of it has arrived. */
  private settle(): void {
    if (this.away) this.show();
    if (!this.isCatchingUp || this.away) return;
    const count = unsent(this.settings.owner).length;
    if (count) {
      // An answer with two versions is not sent before somebody has chosen.
      const next = document.querySelector('[data-notice="conflict"]') ? "your choice between the versions comes first." : "that happens now.";
      setNotice("offline", { icon: "arc", title: "Connected again.", text: `${waitingWords(count)}; ${next}` });
      return;
    }
    this.isCatchingUp = false;
    const at = clockTime(new Date());
    setNotice("offline", {
      tone: "pass",
      icon: "check-circle",
      title: "Connected again.",
      text: `Everything that was kept here arrived by ${at}.`,
    });
    announce("Connected again. Everything is saved.");
    window.setTimeout(() => {
      if (!this.away) setNotice("offline", null);
    }, CONNECTED_FOR);
  }

  private async catchUp(atOnce = false): Promise<void> {
    if (this.away || !unsent(this.settings.owner, true).length) return;
    const arrivals = await catchUp(this.settings.owner, atOnce);
    this.arrived.push(...arrivals.filter((arrival) => arrival.fate !== "saved"));
    if (this.arrived.length) setNotice("caught-up", arrivalNotice(this.arrived));
  }
}

/** Says which answers arrived beside another one, and which too late. */
function arrivalNotice(arrived: Arrival[]): Parameters<typeof setNotice>[1] {
  const where = (fate: Arrival["fate"]): string => {
    const places = arrived.filter((one) => one.fate === fate).map((one) => one.entry.position);
    return [...new Set(places)].filter((place) => place !== null).join(", ");
  };
  const late = where("late");
  const stale = where("stale");
  const texts = [
    stale && `Question ${stale}: another window had saved meanwhile. What was kept here is stored beside it, under “Other versions”.`,
    late && `Question ${late}: this came after its time was over. It is kept, marked as late, and not graded.`,
  ];
  return {
    tone: "warn",
    icon: "warning",
    title: "Not everything that was kept in this browser became your answer.",
    text: texts.filter(Boolean).join(" ") || "It is stored beside the current answers.",
    actions: [dismiss()],
  };
}

function dismiss(): HTMLElement {
  const button = h("button", { class: "button button-small", type: "button" }, "Understood");
  button.addEventListener("click", () => setNotice("caught-up", null));
  return button;
}
