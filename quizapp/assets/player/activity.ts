/** Counts for how long somebody is active on a question: the page in view, and no pause longer than a minute. */

import { call, randomKey } from "./api.js";

/** The server's report names this length; see quizapp/rules/activity.py. */
const IDLE = 60_000;
const TELL_EVERY = 60_000;
const STEP = 1000;
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchmove"];

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
    const body = { visit, seconds: Math.round(active / 100) / 10 };
    // What does not arrive is part of what is told next.
    call(address, { method: "POST", body, keepalive: isLeaving }).catch(() => {
      told = 0;
    });
  };
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
