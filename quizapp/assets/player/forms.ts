/** The answer forms of choice, text, output, bug, order and free questions. */

import { announce, part } from "./dom.js";
import { onSingleKey } from "./keys.js";
import type { Source } from "./saving.js";
import type { Answer, Settings } from "./types.js";

/** Gives the way to read and show the answer of this page's form, and makes its keyboard work. */
export function answerForm(settings: Settings): Source {
  const form = part<HTMLFormElement>("[data-answer-form]");
  if (settings.kind === "choice") return choiceForm(form);
  if (settings.kind === "bug") return lineForm(form);
  if (settings.kind === "order") return orderForm(form);
  return textForm(form);
}

function choiceForm(form: HTMLFormElement): Source {
  const boxes = [...form.querySelectorAll<HTMLInputElement>('input[name="options"]')];
  onSingleKey((key) => {
    const box = boxes[Number(key) - 1];
    if (!box || box.disabled) return false;
    box.checked = box.type === "radio" || !box.checked;
    box.focus();
    box.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  });
  return {
    read: () => ({ options: boxes.filter((box) => box.checked).map((box) => Number(box.value)).sort((a, b) => a - b) }),
    write: (answer: Answer) => {
      for (const box of boxes) box.checked = (answer.options ?? []).includes(Number(box.value));
    },
  };
}

/** Lines of a program to point at. Arrow keys walk the lines; for radio buttons the browser does that itself. */
function lineForm(form: HTMLFormElement): Source {
  const boxes = [...form.querySelectorAll<HTMLInputElement>('input[name="line"]')];
  form.addEventListener("keydown", (event) => {
    const index = boxes.indexOf(event.target as HTMLInputElement);
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (index < 0 || step === undefined || boxes[index]?.type !== "checkbox") return;
    event.preventDefault();
    boxes[Math.min(boxes.length - 1, Math.max(0, index + step))]?.focus();
  });
  return {
    read: () => ({ lines: boxes.filter((box) => box.checked).map((box) => Number(box.value)) }),
    write: (answer: Answer) => {
      for (const box of boxes) box.checked = (answer.lines ?? []).includes(Number(box.value));
    },
  };
}

function textForm(form: HTMLFormElement): Source {
  const field = part<HTMLInputElement | HTMLTextAreaElement>('[name="text"]', form);
  field.addEventListener("keydown", (event) => {
    const key = event as KeyboardEvent;
    if (key.key === "Enter" && (key.ctrlKey || key.metaKey)) form.requestSubmit();
  });
  return {
    read: () => ({ text: field.value }),
    write: (answer: Answer) => {
      field.value = answer.text ?? "";
    },
  };
}

/**
 * Lines that are put in order. Each line carries number fields for its place and indentation, which work without
 * scripts; here they are hidden and kept in step with two lists: the answer, and the lines left out of it.
 */
function orderForm(form: HTMLFormElement): Source {
  const used = part<HTMLOListElement>("[data-order-used]", form);
  const unused = part<HTMLUListElement>("[data-order-unused]", form);
  const lines = [...form.querySelectorAll<HTMLLIElement>("[data-line]")];
  const byId = new Map(lines.map((line) => [Number(line.dataset["line"]), line]));
  const hasIndent = form.dataset["indent"] === "true";
  form.classList.add("is-live");

  const levelOf = (line: HTMLElement): number => Number(line.dataset["level"] ?? 0);
  const setLevel = (line: HTMLElement, level: number): void => {
    line.dataset["level"] = String(Math.min(8, Math.max(0, level)));
  };

  function settle(): void {
    [...used.children].forEach((line, index) => {
      (line as HTMLElement).dataset["place"] = String(index + 1);
      part<HTMLInputElement>("[data-place-field]", line).value = String(index + 1);
      const level = line.querySelector<HTMLInputElement>("[data-indent-field]");
      if (level) level.value = String(levelOf(line as HTMLElement));
    });
    for (const line of unused.children) part<HTMLInputElement>("[data-place-field]", line).value = "";
    for (const line of lines) {
      const isUsed = line.parentElement === used;
      part<HTMLButtonElement>('[data-move="toggle"]', line).setAttribute("aria-label", isUsed ? "Leave out" : "Use");
      line.classList.toggle("is-used", isUsed);
      for (const name of ["up", "down", "in", "out"]) {
        const button = line.querySelector<HTMLButtonElement>(`[data-move="${name}"]`);
        if (button) button.hidden = !isUsed;
      }
    }
    part("[data-order-empty]", form).hidden = used.children.length > 0;
    part("[data-order-none-left]", form).hidden = unused.children.length > 0;
  }

  function changed(line: HTMLElement, told: string): void {
    settle();
    announce(told);
    line.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function move(line: HTMLElement, how: string): void {
    const text = part("[data-line-text]", line).textContent?.trim() ?? "";
    const focused = document.activeElement as HTMLElement | null;
    if (how === "toggle") {
      (line.parentElement === used ? unused : used).append(line);
    } else if (how === "up") {
      line.previousElementSibling?.before(line);
    } else if (how === "down") {
      line.nextElementSibling?.after(line);
    } else {
      setLevel(line, levelOf(line) + (how === "in" ? 1 : -1));
    }
    focused?.focus();
    const place = [...used.children].indexOf(line) + 1;
    if (place === 0) changed(line, `Left out: ${text}`);
    else if (how === "in" || how === "out") changed(line, `Indented ${levelOf(line)} times: ${text}`);
    else changed(line, `Line ${place} of ${used.children.length}: ${text}`);
  }

  form.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-move]");
    const line = button?.closest<HTMLElement>("[data-line]");
    if (button && line) move(line, button.dataset["move"] ?? "");
  });
  const keys: Record<string, string> = { ArrowUp: "up", ArrowDown: "down", Enter: "toggle", " ": "toggle" };
  if (hasIndent) Object.assign(keys, { ArrowRight: "in", ArrowLeft: "out" });
  form.addEventListener("keydown", (event) => {
    const line = event.target as HTMLElement;
    if (!line.matches("[data-line-handle]")) return;
    const how = keys[event.key];
    const item = line.closest<HTMLElement>("[data-line]");
    if (!how || !item || (how !== "toggle" && item.parentElement !== used)) return;
    event.preventDefault();
    move(item, how);
    part(`[data-line-handle]`, item).focus();
  });
  dragging(form, used, unused, (line) => changed(line, "Moved."));

  function arrange(answer: Answer): void {
    const chosen = answer.lines ?? [];
    for (const line of lines) if (!chosen.includes(Number(line.dataset["line"]))) unused.append(line);
    chosen.forEach((id, index) => {
      const line = byId.get(id);
      if (!line) return;
      setLevel(line, answer.indent?.[index] ?? 0);
      used.append(line);
    });
    settle();
  }

  const read = (): Answer => {
    const inUse = [...used.children] as HTMLElement[];
    const answer: Answer = { lines: inUse.map((line) => Number(line.dataset["line"])) };
    if (hasIndent) answer.indent = inUse.map(levelOf);
    return answer;
  };
  const shown = JSON.parse(form.dataset["answer"] ?? "null") as Answer | null;
  arrange(shown ?? {});
  form.addEventListener("submit", () => {
    const answer = read();
    part<HTMLInputElement>('input[name="lines"]', form).value = JSON.stringify(answer.lines);
    part<HTMLInputElement>('input[name="indent"]', form).value = JSON.stringify(answer.indent ?? []);
  });
  return { read, write: arrange };
}

/** Dragging with any pointer; the keyboard has its own way, so this is a convenience only. */
function dragging(form: HTMLElement, used: HTMLElement, unused: HTMLElement, dropped: (line: HTMLElement) => void): void {
  let held: HTMLElement | null = null;
  let from: [Element | null, Element | null] = [null, null];
  form.addEventListener("pointerdown", (event) => {
    const handle = (event.target as Element).closest<HTMLElement>("[data-line-handle]");
    // A finger on a line scrolls the page; the buttons are there for it.
    if (!handle || event.button !== 0 || event.pointerType === "touch") return;
    held = handle.closest<HTMLElement>("[data-line]");
    from = [held?.parentElement ?? null, held?.nextElementSibling ?? null];
    handle.setPointerCapture(event.pointerId);
  });
  form.addEventListener("pointermove", (event) => {
    if (!held) return;
    held.classList.add("is-held");
    const under = document.elementFromPoint(event.clientX, event.clientY);
    const list = under?.closest("[data-order-used], [data-order-unused]") ?? null;
    const over = under?.closest<HTMLElement>("[data-line]") ?? null;
    if (over && over !== held) {
      const middle = over.getBoundingClientRect().top + over.offsetHeight / 2;
      if (event.clientY < middle) over.before(held);
      else over.after(held);
    } else if (!over && (list === used || list === unused) && held.parentElement !== list) {
      list.append(held);
    }
  });
  const drop = (): void => {
    if (!held) return;
    const line = held;
    held = null;
    line.classList.remove("is-held");
    if (line.parentElement !== from[0] || line.nextElementSibling !== from[1]) dropped(line);
  };
  form.addEventListener("pointerup", drop);
  form.addEventListener("pointercancel", drop);
}
