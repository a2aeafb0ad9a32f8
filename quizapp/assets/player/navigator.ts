/** The list of questions in an interview: what is answered and flagged. */

import { Failure, postForm } from "./api.js";
import type { Connection } from "./connection.js";
import { announce, part, toast } from "./dom.js";
import { listen } from "./events.js";
import { type FlagEntry, Journal } from "./journal.js";
import type { Answer, Files, Settings } from "./types.js";

/** Keeps the current question's sign in step with its answer. */
export function followAnswer(starter: Files): void {
  const here = document.querySelectorAll<HTMLElement>('.question-nav [aria-current="step"]');
  const follow = (answer: Answer): void => {
    const isCode = answer.files && Object.entries(answer.files).some(([path, text]) => text !== starter[path]);
    const isAnswered = Boolean(answer.options?.length || answer.text?.trim() || answer.lines?.length || isCode);
    for (const link of here) {
      if (isAnswered) link.dataset["state"] = "answered";
      else delete link.dataset["state"];
      const said = link.querySelector("[data-nav-said]");
      if (said) said.textContent = isAnswered ? " answered" : " not answered";
    }
    count();
  };
  listen("answer-changed", ({ read }) => follow(read()));
  listen("answer-saved", ({ answer }) => follow(answer));
}

/** The counts beside the sections, and the bar for all of them. */
function count(): void {
  let [answered, all] = [0, 0];
  for (const section of document.querySelectorAll(".question-nav section")) {
    const entries = section.querySelectorAll("li");
    const here = section.querySelectorAll('li > [data-state="answered"]').length;
    const told = section.querySelector("[data-answered]");
    if (told) told.textContent = String(here);
    answered += here;
    all += entries.length;
  }
  const value = document.querySelector(".player-bar .meter .value");
  if (all) value?.setAttribute("width", `${((100 * answered) / all).toFixed(1)}%`);
  const flagged = document.querySelectorAll(".question-nav .is-flagged").length;
  const told = document.querySelector("[data-nav-counts]");
  if (told) told.textContent = flagged ? `${answered} answered, ${flagged} flagged` : `${answered} answered`;
}

/** Lets the flag be set without leaving the page; without scripts a button takes the answer along. */
export function liveFlag(settings: Settings, connection: Connection): void {
  const form = document.querySelector<HTMLFormElement>("[data-flag-form]");
  if (!form) return;
  const button = part<HTMLButtonElement>("button", form);
  const field = part<HTMLInputElement>('input[name="flagged"]', form);
  const journal = new Journal<FlagEntry>(settings.owner, `flag/${settings.response}`);
  const show = (flagged: boolean): void => {
    button.setAttribute("aria-pressed", String(flagged));
    field.value = flagged ? "0" : "1";
    for (const here of document.querySelectorAll('.question-nav [aria-current="step"]')) here.classList.toggle("is-flagged", flagged);
    count();
  };
  const send = async (flagged: boolean): Promise<void> => {
    try {
      await postForm(form.action, { flagged: flagged ? "1" : "0" });
      journal.forget();
    } catch (problem) {
      if (!(problem instanceof Failure)) throw problem;
      if (!problem.isPassing) {
        journal.forget();
        show(!flagged);
        toast(problem.message);
        return;
      }
      connection.lost(problem);
    }
  };
  const flag = (flagged: boolean): void => {
    const { attempt, position } = settings;
    journal.write({ kind: "flag", url: form.action, attempt, position, at: new Date().toISOString(), flagged });
    show(flagged);
    announce(flagged ? "Flagged." : "Flag taken off.");
    void send(flagged);
  };
  const kept = journal.newest();
  if (kept) {
    journal.adopt(kept);
    flag(kept.entry.flagged);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    flag(button.getAttribute("aria-pressed") !== "true");
  });
  listen("connection-changed", ({ since }) => {
    const waiting = since ? null : journal.own();
    if (waiting) void send(waiting.flagged);
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
