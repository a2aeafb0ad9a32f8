/** The time left on a page beside the player: where one waits, a figure that stands still is soon wrong. */

const LEAST_WAIT = 2000;

/** Counts down by the minute. At the end the page is loaded again, and the server says what is so. */
export function countDown(): void {
  const place = document.querySelector<HTMLElement>("[data-seconds-left]");
  const figure = place?.querySelector("span");
  if (!place || !figure) return;
  const began = { wall: Date.now(), steady: performance.now() };
  const seconds = Number(place.dataset["secondsLeft"]);
  const tick = (): void => {
    // The steady clock stands still while the machine sleeps, the other one may be set.
    const gone = Math.max(Date.now() - began.wall, performance.now() - began.steady);
    const left = seconds - gone / 1000;
    figure.textContent = left < 60 ? "under 1" : String(Math.floor(left / 60));
    if (left <= 300) place.dataset["left"] = left <= 60 ? "last" : "short";
    if (left > 0 || gone < LEAST_WAIT) return;
    window.clearInterval(ticking);
    window.location.reload();
  };
  const ticking = window.setInterval(tick, 1000);
  tick();
}
