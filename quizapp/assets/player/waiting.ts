/** A submission that waits or runs, with the button that stops it. */

import { Failure } from "./api.js";
import { announce, h, icon } from "./dom.js";
import { pendingText, verdictSign } from "./outcome.js";
import type { Pending } from "./types.js";

/** Drawn once and changed after that, because a button that is drawn anew each second would lose the focus. */
export class Waiting {
  readonly parts: HTMLElement[];
  private readonly state = h("div", { class: "stack stack-tight" });
  private readonly problem = h("p", { class: "small", "data-stop-problem": "", hidden: true });
  private readonly word = h("span", {}, "Stop");
  private readonly button = h(
    "button",
    { class: "button button-small", type: "button", "data-stop": "" },
    icon("cross"),
    this.word,
    h("span", { class: "hidden-text" }, " this submission"),
  );
  private readonly printed = h("pre", { class: "response" });

  constructor(
    private readonly id: number,
    isRun: boolean,
    private readonly stop: (id: number) => Promise<void>,
  ) {
    const actions = h("div", { class: "row" }, this.button);
    if (!isRun) {
      actions.append(h("span", { class: "small muted" }, "You can go on editing. This verdict is for the code as it was sent."));
    }
    this.parts = [h("div", { class: "outcome" }, this.state, actions, this.problem), ...(isRun ? [this.printed] : [])];
    this.button.addEventListener("click", () => void this.pressed());
  }

  /** Whether this is the submission's place, and still on the page. */
  shows(submission: Pending): boolean {
    return submission.id === this.id && this.button.isConnected;
  }

  /** Whether the button has the focus, which goes with it when the verdict takes its place. */
  get hasFocus(): boolean {
    return document.activeElement === this.button;
  }

  /** Says where the submission is now. */
  update(submission: Pending, printed: string, since: number): void {
    const standing = h("span", { class: "small muted figure" }, pendingText(submission, since));
    this.state.replaceChildren(h("div", { class: "row row-between" }, verdictSign(submission.state), standing));
    if (submission.retry_text) this.state.append(h("p", { class: "small", "data-retry": "" }, submission.retry_text));
    if (submission.sandbox_problem) this.state.append(h("p", { class: "small" }, submission.sandbox_problem));
    if (this.printed.textContent !== printed) this.printed.textContent = printed;
  }

  private async pressed(): Promise<void> {
    if (this.button.getAttribute("aria-disabled") === "true") return;
    this.settle(true);
    announce("Stopping.");
    try {
      await this.stop(this.id);
      // The verdict comes the way it always comes; until then there is nothing more to press.
    } catch (problem) {
      if (!(problem instanceof Failure)) throw problem;
      this.settle(false);
      this.problem.textContent = `It could not be stopped. ${problem.message}`;
      this.problem.hidden = false;
      announce(this.problem.textContent, "assertive");
    }
  }

  private settle(isStopping: boolean): void {
    // Not `disabled`: that would throw the focus away.
    if (isStopping) this.button.setAttribute("aria-disabled", "true");
    else this.button.removeAttribute("aria-disabled");
    this.word.textContent = isStopping ? "Stopping" : "Stop";
    if (isStopping) this.problem.hidden = true;
  }
}
