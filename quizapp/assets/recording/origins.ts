/** Tells text that was moved about inside an attempt from text that came from elsewhere. */

const KEPT = 50;

/** What was copied or dragged from pages of this attempt, as hashes: the texts themselves are nobody's business here. */
export class Copies {
  constructor(private readonly name: string) {
    const note = (event: ClipboardEvent | DragEvent): void => this.add(taken(event));
    document.addEventListener("copy", note);
    document.addEventListener("cut", note);
    // What is dragged is gone from where it was by the time it arrives.
    document.addEventListener("dragstart", note);
  }

  has(text: string): boolean {
    return this.read().includes(hash(plain(text)));
  }

  private add(text: string): void {
    if (!plain(text)) return;
    try {
      localStorage.setItem(this.name, JSON.stringify([...this.read(), hash(plain(text))].slice(-KEPT)));
    } catch {
      // Storage that is full or forbidden: the server looks for the text in what was recorded as well.
    }
  }

  private read(): string[] {
    try {
      return JSON.parse(localStorage.getItem(this.name) ?? "[]") as string[];
    } catch {
      return [];
    }
  }
}

/** Whether a text stands on this page outside of what is being written, as prompts, tests and outputs do. */
export function isOnPage(text: string): boolean {
  const page = document.querySelector("main")?.cloneNode(true) as HTMLElement | undefined;
  if (!page) return false;
  for (const own of page.querySelectorAll("[data-editor-place], textarea, input")) own.remove();
  return isPartOf(text, page.textContent ?? "");
}

/** Whether a text stands in another one, whatever white space was made of. */
export function isPartOf(text: string, whole: string): boolean {
  return plain(whole).includes(plain(text));
}

function plain(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function taken(event: ClipboardEvent | DragEvent): string {
  const written = (event instanceof DragEvent ? event.dataTransfer : event.clipboardData)?.getData("text/plain");
  if (written) return written;
  const field = event.target;
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) {
    return field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0);
  }
  return document.getSelection()?.toString() ?? "";
}

/** Two rounds of FNV-1a. It only has to tell a person's own copies apart; no secret rests on it. */
function hash(text: string): string {
  const round = (start: number): number => {
    let value = start;
    for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 16777619) >>> 0;
    return value;
  };
  return round(2166136261).toString(36) + round(84696351).toString(36);
}
