/**
 * The draft of an interview: what it could draw follows what is typed, and sections are added, moved and removed without
 * leaving the page. Both are the server's work; without this the same buttons load the page again.
 */

interface Outlook {
  sections: Record<string, { words: string; notes: string[] }>;
  total: Record<string, string>;
  warnings: string[];
  welcome: string;
  ending: string;
}

const NOT_RENEWED = "The figures could not be renewed. Saving works as always.";
const WAIT_MILLISECONDS = 400; // after the last key, so that nobody's typing asks the server for each letter
const form = document.querySelector<HTMLFormElement>("form[data-blueprint]");
if (form) live(form);

function live(form: HTMLFormElement): void {
  let timer = 0;
  let asked = 0;
  let isChanged = form.hasAttribute("data-typed");
  const said = form.querySelector<HTMLElement>("[data-said]");
  form.querySelector("[data-live]")?.removeAttribute("hidden");
  form.querySelector("button[value=preview]")?.setAttribute("hidden", "");

  const follow = (wait: number): void => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void renew(), wait);
  };
  const renew = async (): Promise<void> => {
    const number = ++asked;
    try {
      const sent = { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } };
      const reply = await fetch(form.dataset["outlook"] ?? "", sent);
      if (number !== asked) return; // an answer to what was typed before
      if (!reply.ok) throw new Error(String(reply.status));
      show(form, (await reply.json()) as Outlook);
      if (said?.textContent === NOT_RENEWED) tell(said, ""); // what else stands there is for the reader to finish
    } catch {
      if (number === asked) tell(said, NOT_RENEWED);
    }
  };
  form.addEventListener("input", () => {
    isChanged = true;
    follow(WAIT_MILLISECONDS);
  });
  form.addEventListener("submit", (event) => {
    const button = (event as SubmitEvent).submitter;
    if (button instanceof HTMLButtonElement && button.hasAttribute("data-rearrange")) {
      event.preventDefault();
      isChanged = true;
      void rearrange(form, button, said).then((done) => (done ? follow(0) : form.submit()));
    } else {
      isChanged = false;
    }
  });
  addEventListener("beforeunload", (event) => {
    if (isChanged) event.preventDefault();
  });
}

function show(form: HTMLFormElement, outlook: Outlook): void {
  for (const section of form.querySelectorAll<HTMLElement>("[data-section]")) {
    const told = outlook.sections[section.dataset["section"] ?? ""];
    if (!told) continue;
    tell(section.querySelector<HTMLElement>("[data-words]"), told.words);
    list(section.querySelector<HTMLElement>("[data-notes]"), told.notes, (note) => note);
  }
  for (const figure of form.querySelectorAll<HTMLElement>("[data-figure]")) {
    tell(figure, outlook.total[figure.dataset["figure"] ?? ""] ?? "");
  }
  list(form.querySelector<HTMLElement>("[data-warnings]"), outlook.warnings, (warning) => {
    const words = document.createElement("span");
    words.textContent = warning;
    return [sign("warning"), words];
  });
  for (const name of ["welcome", "ending"] as const) {
    const preview = form.querySelector<HTMLElement>(`[data-preview=${name}]`);
    if (preview) preview.innerHTML = outlook[name]; // the server made it of Markdown, and cleaned it
  }
}

/** Sends the form with its button and puts the sections that come back in place of these. False: it did not work. */
async function rearrange(
  form: HTMLFormElement,
  button: HTMLButtonElement,
  said: HTMLElement | null,
): Promise<boolean> {
  const here = form.querySelector("[data-sections]");
  const body = new FormData(form, button);
  const words = button.textContent?.trim() ?? "";
  const opened = [...form.querySelectorAll<HTMLDetailsElement>("[data-section] details")].map(mark);
  try {
    const reply = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
    const next = new DOMParser().parseFromString(await reply.text(), "text/html").querySelector("[data-sections]");
    if (!reply.ok || !here || !next) return false;
    here.replaceChildren(...next.childNodes);
  } catch {
    tell(said, "That did not arrive. Nothing is lost; try again in a moment.");
    return true;
  }
  for (const one of form.querySelectorAll<HTMLDetailsElement>("[data-section] details")) {
    const known = opened.find((old) => old.place === mark(one).place);
    if (known) one.open = known.open;
  }
  focusAfter(form, button.value);
  tell(said, `Done: ${words.toLowerCase()}.`);
  return true;
}

function mark(fold: HTMLDetailsElement): { place: string; open: boolean } {
  const section = fold.closest<HTMLElement>("[data-section]");
  const number = section ? [...section.querySelectorAll("details")].indexOf(fold) : -1;
  return { place: `${section?.dataset["section"] ?? ""}/${number}`, open: fold.open };
}

/** The focus goes on where the work does: to the new section's title, or stays on the button that was pressed. */
function focusAfter(form: HTMLFormElement, order: string): void {
  const titles = [...form.querySelectorAll<HTMLInputElement>("[data-section] input[name$='-title']")];
  const same = form.querySelector<HTMLButtonElement>(`button[value="${order}"]:not([disabled])`);
  const key = order.split("-")[1] ?? "";
  const at = titles.findIndex((title) => title.name === `${key}-title`);
  if (order === "add") titles.at(-1)?.focus();
  else if (order.startsWith("copy")) titles[at + 1]?.focus();
  else if (order.startsWith("remove")) (titles[0] ?? form.querySelector<HTMLElement>("button[value=add]"))?.focus();
  else (same ?? titles[at])?.focus();
}

function tell(place: HTMLElement | null, words: string): void {
  if (place && place.textContent !== words) place.textContent = words;
}

/** Fills a list, and leaves it alone when it says the same already, so that it is not read out again. */
function list(place: HTMLElement | null, texts: string[], content: (text: string) => string | Node[]): void {
  if (!place || place.dataset["told"] === texts.join("\n")) return;
  place.dataset["told"] = texts.join("\n");
  place.hidden = texts.length === 0 && place.hasAttribute("data-notes");
  place.replaceChildren(
    ...texts.map((text) => {
      const item = document.createElement("li");
      const made = content(text);
      item.append(...(typeof made === "string" ? [made] : made));
      return item;
    }),
  );
}

function sign(name: string): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const icon = document.createElementNS(space, "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `${document.documentElement.dataset["icons"] ?? ""}#i-${name}`);
  icon.append(use);
  return icon;
}
