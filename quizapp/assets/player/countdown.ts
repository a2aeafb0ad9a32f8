/** The time left on a page beside the player: where one waits, a figure that stands still is soon wrong. */

import { call, Failure } from "./api.js";
import { part } from "./dom.js";

/** What of the server's clock such a page goes by. */
interface Clock {
  remaining_seconds: number | null;
  is_closed: boolean;
  part: { remaining_seconds: number | null; is_closed: boolean } | null;
}

const ASK_EVERY = 15_000;
/** Seconds between two questions, and before a page is drawn anew: in the grace after the end it would be drawn again at once. */
const LEAST_WAIT = 2;

/** Makes every figure of minutes left follow the server's clock. None of them is a live region: it is read when it is asked for. */
export function countDown(): void {
  for (const place of document.querySelectorAll<HTMLElement>("[data-seconds-left]")) new Countdown(place).start();
}

class Countdown {
  private readonly figure: HTMLElement;
  private readonly inPart: HTMLElement;
  /** What was left at `since`, by the server. */
  private left: number;
  private since = now();
  private readonly shownSince = now();
  private ticking = 0;
  private asked = now();
  private isOver = false;

  constructor(private readonly place: HTMLElement) {
    this.figure = part("[data-minutes]", place);
    this.inPart = part("[data-in-part]", place);
    this.left = Number(place.dataset["secondsLeft"]);
  }

  start(): void {
    this.ticking = window.setInterval(() => this.tick(), 1000);
    window.setInterval(() => void this.ask(), ASK_EVERY);
    // A page that was away may be hours behind, and time may have been given meanwhile.
    document.addEventListener("visibilitychange", () => void this.ask());
    window.addEventListener("pageshow", () => void this.ask());
    window.addEventListener("online", () => void this.ask());
    this.tick();
  }

  private tick(): void {
    const left = this.left - gone(this.since);
    this.figure.textContent = left < 60 ? "under 1" : String(Math.floor(left / 60));
    if (left <= 300) this.place.dataset["left"] = left <= 60 ? "last" : "short";
    else delete this.place.dataset["left"];
    // Only the server's word ends anything: this machine's clock may be wrong, and time may have been given.
    if (left <= 0 && gone(this.asked) >= LEAST_WAIT) void this.ask();
  }

  private async ask(): Promise<void> {
    if (this.isOver || document.visibilityState !== "visible") return;
    this.asked = now();
    try {
      const { body } = await call<Clock>(this.place.dataset["clock"] ?? "", { seconds: 8 });
      this.follow(body);
    } catch (problem) {
      if (!(problem instanceof Failure)) throw problem; // without connection the last answer goes on
    }
  }

  private follow(clock: Clock): void {
    const whole = clock.remaining_seconds ?? Infinity;
    const ofPart = clock.part?.is_closed ? Infinity : (clock.part?.remaining_seconds ?? Infinity);
    this.left = Math.min(whole, ofPart);
    this.since = now();
    this.inPart.hidden = ofPart >= whole;
    if (clock.is_closed || this.left <= 0) this.end(whole > 0 ? "handed in" : "time is over");
  }

  /** Where the page is about what is over, the server draws it anew; beside other things a word does. */
  private end(word: string): void {
    if (gone(this.shownSince) < LEAST_WAIT) return;
    this.isOver = true;
    window.clearInterval(this.ticking);
    if (this.place.dataset["end"] === "reload") window.location.reload();
    else this.place.textContent = word;
  }
}

interface Moment {
  wall: number;
  steady: number;
}

function now(): Moment {
  return { wall: Date.now(), steady: performance.now() };
}

/** Seconds since a moment. The steady clock stands still while the machine sleeps, the other one may be set. */
function gone(since: Moment): number {
  return Math.max(Date.now() - since.wall, performance.now() - since.steady) / 1000;
}
