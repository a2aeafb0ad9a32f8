/** The clock of an interview: it follows the server's, says aloud when time gets short, and ends the part or the attempt. */

import { call, Failure, postForm } from "./api.js";
import type { Connection } from "./connection.js";
import { announce, clockTime, h, part, setNotice } from "./dom.js";
import { listen } from "./events.js";
import type { Clock, Settings } from "./types.js";

/** How long the server's last word is gone by; the reply to a save is one. */
const ASK_EVERY = 15_000;
/** The same of what it wrote into the page, which may have been long on its way. */
const ASK_FIRST = 5000;
const WARN_AT = [10, 5, 1];
/** How long a warning stands beside the clock. */
const WARNED_FOR = 20_000;
/** Two clocks of this machine that differ by more since the last look: it slept, or its clock was set. */
const JUMP = 1500;
/** How often the server is asked whether time is over, when this machine thinks so and cannot be sure. */
const ASK_AT_END = 3000;
/** Long enough to hear or read what happens, shorter than the server's grace for what is still under way. */
const NOTICE_TIME = 2500;

/** Starts the clock. `atZero` saves what is left to save before the page goes to the report. */
export function startTimer(settings: Settings, connection: Connection, atZero: () => Promise<void>): Timer | null {
  if (!settings.clockUrl || !settings.isOpen) return null;
  const timer = new Timer(settings, settings.clockUrl, connection, atZero);
  timer.start();
  return timer;
}

export class Timer {
  private readonly place = part("[data-timer]");
  private readonly digits = part("[data-timer-digits]", this.place);
  /** The clocks of this machine at the last look: one jumps when it is set or slept through, one stands still in sleep. */
  private seen = { wall: Date.now(), steady: performance.now() };
  private warning = 0;
  /** The next question to the server. */
  private next = 0;
  private endsAt: number;
  private warned = new Set<number>();
  /** The warning in view; 0: none. */
  private told = 0;
  private spokenMinute = -1;
  private isOver = false;
  /** Seconds given so far. */
  private credit: number;
  /** Whether what ends next is the part, and the interview goes on after it. */
  private endsPart = false;

  constructor(
    private readonly settings: Settings,
    private readonly address: string,
    private readonly connection: Connection,
    private readonly atZero: () => Promise<void>,
  ) {
    // Until the first answer of the server: what it wrote into the page, as of when the page began to arrive.
    // A copy of the page that this browser kept tells what was left when it was made.
    const made = kept() || arrival();
    this.endsAt = made + Number(this.place.dataset["remaining"] ?? 0) * 1000;
    this.credit = Number(this.place.dataset["credit"] ?? 0);
    this.endsPart = Boolean(settings.part?.isTimed && !settings.part.isLast);
    // A warning that the page before this one has just shown stands here as well. Who never had more than that is not warned of it.
    const total = Number(this.place.dataset["total"] ?? Infinity);
    for (const minutes of WARN_AT) {
      if (this.left() <= minutes * 60 - WARNED_FOR / 1000 || total <= minutes * 60) this.warned.add(minutes);
    }
  }

  start(): void {
    if (kept()) void this.measure();
    else this.measureIn(ASK_FIRST);
    this.tick();
    window.setInterval(() => this.tick(), 250);
    listen("clock-told", ({ clock, sent, received }) => this.follow(clock, sent, received));
    // A laptop that slept has a clock that stood still; ask before showing anything.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.measure();
    });
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) void this.measure();
    });
    window.addEventListener("online", () => void this.measure());
  }

  /** The time left, in words. */
  said(): string {
    const seconds = Math.floor(this.left());
    return seconds < 1 ? "No time is left." : `${spoken(seconds)} left.`;
  }

  private left(): number {
    return Math.max(0, (this.endsAt - Date.now()) / 1000);
  }

  private measureIn(delay: number): void {
    window.clearTimeout(this.next);
    this.next = window.setTimeout(() => void this.measure(), delay);
  }

  /** Asks the server's clock. False: it did not answer, and the last measurement goes on. */
  private async measure(): Promise<boolean> {
    const sent = Date.now();
    this.measureIn(ASK_EVERY);
    try {
      const { body } = await call<Clock>(this.address, { seconds: 8 });
      const received = Date.now();
      this.connection.found();
      this.follow(body, sent, received);
      return true;
    } catch (problem) {
      if (problem instanceof Failure && problem.isPassing && problem.status !== 429) this.connection.lost(problem);
      return false;
    }
  }

  /** Goes by what the server said of the time, to a request that was sent and answered at these moments. */
  private follow(clock: Clock, sent: number, received: number): void {
    this.measureIn(ASK_EVERY);
    const part = clock.part ?? null;
    if (part && this.settings.part && part.number !== this.settings.part.number) {
      this.elsewhere();
      return;
    }
    const left = Math.min(clock.remaining_seconds ?? Infinity, part?.remaining_seconds ?? Infinity);
    const isTimed = part !== null && (part.remaining_seconds ?? Infinity) < (clock.remaining_seconds ?? Infinity);
    this.endsPart = isTimed && this.settings.part?.isLast === false && !clock.is_closed;
    if (clock.is_closed || part?.is_closed) this.endsAt = received;
    // The answer was right in the middle of its way, as well as anybody can tell.
    else if (left !== Infinity) this.endsAt = (sent + received) / 2 + left * 1000;
    this.credited(clock.credit_seconds, this.settings.part?.isTimed ? part?.total_seconds : clock.total_seconds);
  }

  /**
   * Keeps to the truth when this machine's clock is not to be trusted. Set back, it is put right at once, because time has gone
   * on by the other clock; ahead may also be sleep, which counts, so the server is asked.
   */
  private look(): void {
    const now = { wall: Date.now(), steady: performance.now() };
    const jump = now.wall - this.seen.wall - (now.steady - this.seen.steady);
    this.seen = now;
    if (Math.abs(jump) < JUMP) return;
    if (jump < 0) this.endsAt += jump;
    void this.measure();
  }

  /** Says that time was given since the last answer, and warns anew where a warning is no longer true. */
  private credited(credit: number, total: number | null | undefined): void {
    const more = credit - this.credit;
    this.credit = credit;
    const told = this.place.querySelector("[data-timer-total]");
    if (told && total) told.textContent = String(Math.round(total / 6) / 10);
    if (!(more >= 1)) return;
    for (const minutes of WARN_AT) if (this.left() > minutes * 60) this.warned.delete(minutes);
    if (this.left() > this.told * 60) this.takeBack();
    const text = `You were given ${spoken(more)} more.`;
    setNotice("credit", { tone: "pass", icon: "clock", title: text, text: "The clock above counts them already." });
    announce(text);
    window.setTimeout(() => setNotice("credit", null), 30_000);
  }

  /** Another window left this part: nothing here can be changed any more. */
  private elsewhere(): void {
    if (this.isOver) return;
    this.isOver = true;
    const link = h("a", { class: "button button-small", href: window.location.pathname }, "Go to the part that is open");
    setNotice("time", { tone: "warn", icon: "lock", title: "This part was left in another window.", actions: [link] });
    announce("This part was left in another window.", "assertive");
  }

  private tick(): void {
    this.look();
    const left = this.left();
    const seconds = Math.ceil(left);
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    const two = (value: number): string => String(value).padStart(2, "0");
    const text = hours ? `${hours}:${two(minutes % 60)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
    if (this.digits.textContent !== text) this.digits.textContent = text;
    if (this.spokenMinute !== minutes) {
      this.spokenMinute = minutes;
      const told = minutes >= 1 ? `${minutes} ${minutes === 1 ? "minute" : "minutes"} left` : "less than a minute left";
      this.place.setAttribute("aria-label", told);
    }
    if (left <= 60) this.place.dataset["left"] = "last";
    else if (left <= 300) this.place.dataset["left"] = "short";
    else delete this.place.dataset["left"];
    this.warn(left);
    if (left <= 0 && !this.isOver) void this.finish();
  }

  private warn(left: number): void {
    const due = WARN_AT.filter((minutes) => left <= minutes * 60 && !this.warned.has(minutes));
    const nearest = due.at(-1);
    for (const minutes of due) this.warned.add(minutes);
    if (nearest === undefined || left <= 0) return;
    const text = nearest === 1 ? "One minute left." : `${nearest} minutes left.`;
    announce(text, "assertive");
    const told = this.place.querySelector<HTMLElement>("[data-timer-told]");
    if (!told) return;
    // Beside the clock, where nothing moves and nothing is covered.
    told.textContent = text;
    told.hidden = false;
    this.told = nearest;
    window.clearTimeout(this.warning);
    this.warning = window.setTimeout(() => this.takeBack(), WARNED_FOR);
  }

  /** The warning has been seen, or is no longer true. */
  private takeBack(): void {
    const told = this.place.querySelector<HTMLElement>("[data-timer-told]");
    if (told) told.hidden = true;
    this.told = 0;
  }

  private async finish(): Promise<void> {
    this.isOver = true;
    // Time may have been given since the server was asked last, and this machine's clock may be wrong.
    while (!(await this.measure())) {
      if (this.left() > 0) break;
      this.tellUnsure();
      await new Promise((resolve) => window.setTimeout(resolve, ASK_AT_END));
    }
    setNotice("unsure", null);
    if (this.left() > 0) {
      this.isOver = false;
      return;
    }
    if (this.endsPart && this.settings.part) await this.endPart(this.settings.part);
    else await this.endAll();
  }

  /** Without network nobody knows whether time was given; what can be said is said once. */
  private tellUnsure(): void {
    if (document.querySelector('[data-notice="unsure"]')) return;
    const title = `By this computer your time was over at ${clockTime(new Date(this.endsAt))}. The server cannot be asked.`;
    setNotice("unsure", {
      tone: "warn",
      icon: "clock",
      title,
      text:
        "What the server has by then counts, and is handed in without you. What is kept here is sent when the connection is back; " +
        "what comes too late is kept, marked as late, and not graded. Leave this page open, or come back to it in this browser.",
    });
    announce(title, "assertive");
  }

  /** What is open is saved, the part is left, and the next one opens. */
  private async endPart(here: { number: number; url: string }): Promise<void> {
    setNotice("time", {
      icon: "clock",
      title: "The time of this part is over.",
      text: "What stands here is saved. The next part opens in a moment.",
      actions: [h("a", { class: "button button-small", href: here.url }, "Go on")],
    });
    announce("The time of this part is over. What stands here is saved. The next part opens in a moment.", "assertive");
    await this.atZero().catch(() => undefined);
    await new Promise((resolve) => window.setTimeout(resolve, NOTICE_TIME));
    await postForm(here.url, { part: String(here.number) }).catch(() => undefined);
    window.location.assign(window.location.pathname);
  }

  private async endAll(): Promise<void> {
    const link = h("a", { class: "button button-small", href: this.settings.reportUrl ?? "/" }, "Open the report");
    setNotice("time", {
      icon: "clock",
      title: "Time is up.",
      text: "The last version of every answer is handed in as it stands. The report opens in a moment.",
      actions: [link],
    });
    announce("Time is up. Your answers are handed in as they stand. The report opens in a moment.", "assertive");
    await this.atZero().catch(() => undefined);
    await handIn(this.settings);
    window.location.assign(this.settings.reportUrl ?? "/");
  }
}

/** When this browser kept the copy of the page that is shown, in milliseconds; 0: it is no copy. */
function kept(): number {
  return Number(document.documentElement.dataset["kept"]) || 0;
}

/** When the page began to arrive, in milliseconds by this machine's clock. */
function arrival(): number {
  const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return page?.responseStart ? Date.now() - (performance.now() - page.responseStart) : Date.now();
}

/** Hands in as the button of that name does. When this fails, the server does it by itself a little later. */
async function handIn(settings: Settings): Promise<void> {
  await new Promise((resolve) => window.setTimeout(resolve, NOTICE_TIME));
  if (!settings.finishUrl) return;
  await postForm(settings.finishUrl, {}).catch(() => undefined);
}

function spoken(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round(seconds - minutes * 60);
  const parts = [[minutes, "minute"], [rest, "second"]] as const;
  return parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}${count === 1 ? "" : "s"}`).join(" ");
}
