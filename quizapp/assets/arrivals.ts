/** Beside the player: sends what was typed without connection, and takes care that nobody hands in without it unawares. */

import { catchUp } from "./player/catching-up.js";
import { countDown } from "./player/countdown.js";
import { confirmed, part, setNotice, useSprite } from "./player/dom.js";
import { unsent, waitingWords } from "./player/journal.js";
import { forgetPages } from "./player/kept-pages.js";

const AGAIN = 5000;

async function start(): Promise<void> {
  useSprite(document.documentElement.dataset["icons"] ?? "/static/icons.svg");
  const { catchUp: owner, over } = part("[data-catch-up]").dataset;
  if (over) await forgetPages(over);
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-final]")) guard(form, Number(owner));
  await send(Number(owner));
}

/** Sends until everything is there, and says how it stands. */
async function send(owner: number): Promise<void> {
  let arrived = 0;
  for (;;) {
    if (unsent(owner, true).length) arrived += (await catchUp(owner, true)).length;
    const left = unsent(owner).length;
    if (!left) break;
    setNotice("arrivals", {
      tone: "warn",
      icon: "offline",
      title: `${waitingWords(left)}.`,
      text: "They are kept in this browser only, and are sent as soon as the server can be reached. Do not sign out before.",
    });
    await new Promise((resolve) => window.setTimeout(resolve, AGAIN));
  }
  if (!arrived) return;
  const again = document.createElement("a");
  again.className = "button button-small";
  again.href = window.location.href;
  again.textContent = "Load the page again";
  setNotice("arrivals", {
    tone: "pass",
    icon: "check-circle",
    title: "What was kept in this browser has arrived.",
    text: "What came in time counts. What came too late is kept, marked as late, and not graded.",
    actions: [again],
  });
}

/** Asks before a step that cannot be taken back, as long as something is not on the server. */
function guard(form: HTMLFormElement, owner: number): void {
  let isSure = false;
  form.addEventListener("submit", (event) => {
    if (isSure || !unsent(owner).length) return;
    event.preventDefault();
    void (async () => {
      await catchUp(owner, true);
      const left = unsent(owner).length;
      const title = `${waitingWords(left)}.`;
      const text = "They are kept in this browser only. If you go on now, they arrive too late and do not count.";
      if (left && !(await confirmed(title, text, "Go on without them"))) return;
      isSure = true;
      form.requestSubmit();
    })();
  });
}

countDown();
void start();
