/** The list of questions in an interview: what is answered and flagged, and the F key. */

import { postForm } from "./api.js";
import { part, toast } from "./dom.js";
import { isTyping } from "./forms.js";
import type { Answer } from "./types.js";

/** Keeps the current question's sign in step with its answer. */
export function followAnswer(read: () => Answer): void {
  const here = document.querySelector<HTMLElement>('.question-nav [aria-current="step"]');
  if (!here) return;
  document.addEventListener("answer-saved", () => {
    const answer = read();
    const isAnswered = Boolean(answer.options?.length || answer.text?.trim() || answer.lines?.length || answer.files);
    if (isAnswered) here.dataset["state"] = "answered";
    else delete here.dataset["state"];
    const said = here.querySelector("[data-nav-said]");
    if (said) said.textContent = isAnswered ? " answered" : " not answered";
  });
}

/** Lets the flag be set without leaving the page; without scripts its button posts a form. */
export function liveFlag(): void {
  const form = document.querySelector<HTMLFormElement>("[data-flag-form]");
  if (!form) return;
  const button = part<HTMLButtonElement>("button", form);
  const field = part<HTMLInputElement>('input[name="flagged"]', form);
  const flag = async (): Promise<void> => {
    const isFlagged = button.getAttribute("aria-pressed") !== "true";
    try {
      await postForm(form.action, { flagged: isFlagged ? "1" : "0" });
    } catch (problem) {
      toast(problem instanceof Error ? problem.message : "The flag could not be set.");
      return;
    }
    button.setAttribute("aria-pressed", String(isFlagged));
    field.value = isFlagged ? "0" : "1";
    const here = document.querySelector('.question-nav [aria-current="step"]');
    here?.classList.toggle("is-flagged", isFlagged);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void flag();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "f" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    event.preventDefault();
    void flag();
  });
}

/** N goes to the next question, where the page offers one. */
export function nextByKey(): void {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "n" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    document.querySelector<HTMLAnchorElement>("a[data-next]")?.click();
  });
}

/** Marks which part of a stacked workbench is in view: the first one that shows enough of itself below the bars. */
export function followParts(): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>(".desk-jump a")];
  const parts = links.map((link) => document.getElementById(link.hash.slice(1)));
  if (!links.length) return;
  const settle = (): void => {
    const top = links[0]?.getBoundingClientRect().bottom ?? 0;
    const here = parts.findIndex((part) => {
      const box = part?.getBoundingClientRect();
      return box !== undefined && box.bottom > top + Math.min(160, box.height / 2);
    });
    links.forEach((link, index) => {
      if (index === here) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  };
  let isDue = false;
  window.addEventListener(
    "scroll",
    () => {
      if (isDue) return;
      isDue = true;
      window.requestAnimationFrame(() => {
        isDue = false;
        settle();
      });
    },
    { passive: true },
  );
  settle();
}
