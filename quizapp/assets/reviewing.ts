/**
 * The pages of reviewers: what is typed survives a reload, and names complete after an @.
 * Each of these is an addition: the pages work without.
 */

const KEPT = "review:";
const MOST_NAMES = 8;

/** What is typed is kept in this tab until it is taken: the key changes with what the server has. */
function keepDrafts(): void {
  const fields = [...document.querySelectorAll<HTMLTextAreaElement>("textarea[data-draft]")];
  const keys = new Set(fields.map((field) => KEPT + (field.dataset["draft"] ?? "")));
  for (const field of fields) {
    const key = KEPT + (field.dataset["draft"] ?? "");
    const kept = sessionStorage.getItem(key);
    if (kept && !field.value.trim()) {
      field.value = kept;
      reveal(field);
    }
    field.addEventListener("input", () => {
      if (field.value.trim()) sessionStorage.setItem(key, field.value);
      else sessionStorage.removeItem(key);
    });
  }
  const attempt = /\/manage\/attempts\/(\d+)$/.exec(location.pathname)?.[1];
  for (const key of Object.keys(sessionStorage)) {
    const isHere = key.startsWith(`${KEPT}comment-${attempt}-`) || key.startsWith(`${KEPT}decision-${attempt}-`);
    if (isHere && !keys.has(key)) sessionStorage.removeItem(key); // it was taken, or what it was about has moved on
  }
}

/** Opens the folds round something, so that it can be seen. */
function reveal(inner: Element): void {
  for (let fold = inner.closest("details"); fold; fold = fold.parentElement?.closest("details") ?? null) fold.open = true;
}

/** A fragment names something inside a fold. */
function revealTarget(): void {
  const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  if (!target) return;
  reveal(target);
  target.scrollIntoView({ block: "start" });
}

/** The word that is being written after an @, right before the cursor. */
function begun(field: HTMLTextAreaElement): { from: number; word: string } | null {
  const found = /(?:^|[^\w@])@([^@\n]{0,40})$/.exec(field.value.slice(0, field.selectionStart));
  return found ? { from: field.selectionStart - (found[1] ?? "").length, word: found[1] ?? "" } : null;
}

/** Offers names while one is written. Arrow keys choose, Enter and Tab take, Escape closes. */
class Names {
  private readonly list = document.createElement("ul");
  private at = 0;
  private offered: string[] = [];

  constructor(
    private readonly field: HTMLTextAreaElement,
    private readonly people: string[],
    number: number,
  ) {
    this.list.className = "name-list";
    this.list.id = `names-${number}`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "People");
    this.list.hidden = true;
    field.after(this.list);
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", this.list.id);
    field.addEventListener("input", () => this.offer());
    field.addEventListener("keydown", (event) => this.key(event));
    field.addEventListener("blur", () => this.close());
  }

  private offer(): void {
    const here = begun(this.field);
    const wanted = here?.word.toLowerCase() ?? "";
    this.offered = here
      ? this.people.filter((name) => name.toLowerCase().split(/[\s@.]+/).some((part) => part.startsWith(wanted)) || name.toLowerCase().startsWith(wanted))
      : [];
    this.offered = this.offered.filter((name) => name.toLowerCase() !== wanted).slice(0, MOST_NAMES);
    this.at = 0;
    this.draw();
  }

  private draw(): void {
    this.list.hidden = this.offered.length === 0;
    this.list.replaceChildren(
      ...this.offered.map((name, number) => {
        const item = document.createElement("li");
        item.id = `${this.list.id}-${number}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", String(number === this.at));
        item.textContent = name;
        item.addEventListener("mousedown", (event) => {
          event.preventDefault(); // the field keeps the focus
          this.take(number);
        });
        return item;
      }),
    );
    if (this.list.hidden) this.field.removeAttribute("aria-activedescendant");
    else this.field.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
  }

  private key(event: KeyboardEvent): void {
    if (this.list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      this.at = (this.at + step + this.offered.length) % this.offered.length;
      this.draw();
    } else if (event.key === "Enter" || event.key === "Tab") this.take(this.at);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
  }

  private take(number: number): void {
    const here = begun(this.field);
    const name = this.offered[number];
    if (!here || name === undefined) return;
    this.field.setRangeText(`${name} `, here.from, this.field.selectionStart, "end");
    this.close();
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  private close(): void {
    this.offered = [];
    this.draw();
  }
}

function completeNames(): void {
  const told = document.getElementById("people")?.textContent;
  if (!told) return;
  const people = JSON.parse(told) as string[];
  [...document.querySelectorAll<HTMLTextAreaElement>("textarea[data-mentions]")].forEach(
    (field, number) => new Names(field, people, number),
  );
}

keepDrafts();
completeNames();
revealTarget();
addEventListener("hashchange", revealTarget);

export {};
