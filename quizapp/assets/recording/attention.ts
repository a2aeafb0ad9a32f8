/** Notices when the page loses the attention of its window: another tab, another program, a locked screen. */

/** Shorter absences are a slip of the pointer and are not noted. Milliseconds. */
const SHORTEST = 1000;

export type Absence = "hidden" | "unfocused";

/** Calls `back` with the seconds of every absence when it ends, and when the page is left for good meanwhile. */
export function followAttention(back: (seconds: number, how: Absence) => void): void {
  let away: { since: number; how: Absence } | null = null;
  const settle = (): void => {
    if (!away) return;
    const length = Date.now() - away.since;
    if (length >= SHORTEST) back(Math.round(length / 100) / 10, away.how);
    away = null;
  };
  const look = (): void => {
    const how = absence();
    if (how === null) settle();
    else away = { since: away?.since ?? Date.now(), how: away?.how === "hidden" ? "hidden" : how };
  };
  // The focus has moved on by then: into a frame of our own page, perhaps.
  window.addEventListener("blur", () => window.setTimeout(look, 0));
  window.addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pagehide", settle);
  window.addEventListener("pageshow", look);
}

function absence(): Absence | null {
  if (document.visibilityState === "hidden") return "hidden";
  if (document.hasFocus() || document.activeElement instanceof HTMLIFrameElement) return null;
  return "unfocused";
}
