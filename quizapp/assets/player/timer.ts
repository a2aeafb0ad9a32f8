/** The clock of an interview: it follows the server's, says aloud when time gets short, and ends the attempt. */

import { call, postForm } from "./api.js";
import { announce, h, part, setNotice } from "./dom.js";
import type { Settings } from "./types.js";

interface Clock {
  now: string;
  deadline: string | null;
  remaining_seconds: number | null;
  is_closed: boolean;
}

const ASK_EVERY = 30_000;
const WARN_AT = [10, 5, 1];

/** Starts the clock. `atZero` saves what is left to save before the page goes to the report. */
export function startTimer(settings: Settings, atZero: () => Promise<void>): void {
  if (!settings.clockUrl || !settings.isOpen) return;
  new Timer(settings, settings.clockUrl, atZero).start();
}

class Timer {
  private readonly place = part("[data-timer]");
  private readonly digits = part("[data-timer-digits]", this.place);
  private endsAt: number;
  private warned = new Set<number>();
  private spokenMinute = -1;
  private isOver = false;

  constructor(
    private readonly settings: Settings,
    private readonly address: string,
    private readonly atZero: () => Promise<void>,
  ) {
    // Until the first answer of the server: what it wrote into the page, less nothing for the way here.
    this.endsAt = Date.now() + Number(this.place.dataset["remaining"] ?? 0) * 1000;
    for (const minutes of WARN_AT) if (this.left() <= minutes * 60) this.warned.add(minutes);
  }

  start(): void {
    void this.measure();
    this.tick();
    window.setInterval(() => this.tick(), 250);
    window.setInterval(() => void this.measure(), ASK_EVERY);
    // A laptop that slept has a clock that stood still; ask before showing anything.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.measure();
    });
  }

  private left(): number {
    return Math.max(0, (this.endsAt - Date.now()) / 1000);
  }

  private async measure(): Promise<void> {
    const sent = Date.now();
    try {
      const { body } = await call<Clock>(this.address, { seconds: 8 });
      const received = Date.now();
      if (body.is_closed) this.endsAt = received;
      else if (body.remaining_seconds !== null) {
        // The answer was right in the middle of its way, as well as anybody can tell.
        this.endsAt = (sent + received) / 2 + body.remaining_seconds * 1000;
      }
    } catch {
      // The last measurement goes on.
    }
  }

  private tick(): void {
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
    announce(nearest === 1 ? "One minute left." : `${nearest} minutes left.`, "assertive");
  }

  private async finish(): Promise<void> {
    this.isOver = true;
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

/** Hands in as the button of that name does. When this fails, the server does it by itself a little later. */
async function handIn(settings: Settings): Promise<void> {
  // Long enough to hear or read what happens, shorter than the server's grace for what is still under way.
  await new Promise((resolve) => window.setTimeout(resolve, 2500));
  if (!settings.finishUrl) return;
  await postForm(settings.finishUrl, {}).catch(() => undefined);
}
