/** Counts for how long somebody is active on a question: the page in view, and no pause longer than a minute. */

import { call, Failure, randomKey } from "./api.js";

/** The server's report names this length; see quizapp/rules/activity.py. */
const IDLE = 60_000;
const TELL_EVERY = 60_000;
const STEP = 1000;
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchmove"];

/** What was counted and may not have arrived yet, by visit: a page that is left without a network cannot try again. */
const KEPT = "quizapp.visits";

interface Told {
  address: string;
  seconds: number;
}

function kept(): Record<string, Told> {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Record<string, Told>;
  } catch {
    return {};
  }
}

function keep(change: (visits: Record<string, Told>) => void): void {
  const visits = kept();
  change(visits);
  try {
    localStorage.setItem(KEPT, JSON.stringify(visits));
  } catch {
    // Storage that is full or forbidden: then a count is lost with its network.
  }
}

/** Tells the server a count, and forgets it once it is there, or will never be taken. */
async function send(visit: string, told: Told, isLeaving: boolean): Promise<void> {
  keep((visits) => {
    visits[visit] = told;
  });
  try {
    await call(told.address, { method: "POST", body: { visit, seconds: told.seconds }, keepalive: isLeaving });
  } catch (problem) {
    if (!(problem instanceof Failure) || problem.isPassing) return;
  }
  keep((visits) => {
    if (visits[visit]?.seconds === told.seconds) delete visits[visit];
  });
}

/** Counts from now on and tells `address`, each minute and when the page is left. */
export function countActivity(address: string): void {
  const visit = randomKey();
  let active = 0;
  let told = 0;
  let seen = Date.now();
  let counted = Date.now();
  const count = (): void => {
    const now = Date.now();
    // A machine that slept counts nothing: a step is never longer than two of its kind.
    if (document.visibilityState === "visible" && now - seen < IDLE) active += Math.min(now - counted, 2 * STEP);
    counted = now;
  };
  const sign = (): void => {
    seen = Date.now();
  };
  const tell = (isLeaving: boolean): void => {
    count();
    if (active - told < STEP) return;
    told = active;
    void send(visit, { address, seconds: Math.round(active / 100) / 10 }, isLeaving);
  };
  for (const [earlier, before] of Object.entries(kept())) void send(earlier, before, false);
  for (const name of SIGNS) window.addEventListener(name, sign, { passive: true, capture: true });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      // Its last moments were in view.
      if (Date.now() - seen < IDLE) active += Math.min(Math.max(Date.now() - counted, 0), 2 * STEP);
      counted = Date.now();
      tell(true);
    } else {
      counted = Date.now();
      sign();
    }
  });
  window.addEventListener("pagehide", () => tell(true));
  window.setInterval(count, STEP);
  window.setInterval(() => tell(false), TELL_EVERY);
}
