/** Tells text that was moved about inside an attempt from text that came from elsewhere. */

const KEPT = 50;
const KEPT_LINES = 1000;

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
    return kept(this.name).includes(hash(plain(text)));
  }

  private add(text: string): void {
    // Storage that is full or forbidden: the server looks for the text in what was recorded as well.
    if (plain(text)) keep(this.name, [hash(plain(text))], KEPT);
  }
}

/**
 * The lines that came into the candidate's own notes from elsewhere, as hashes: whoever moves them on from there pastes
 * them. Of one that was changed in between, or is moved in part, this says nothing.
 */
export class Brought {
  constructor(
    private readonly name: string,
    notes: HTMLTextAreaElement | null,
    isOwn: (text: string) => boolean,
  ) {
    const note = (text: string | undefined): void => {
      if (text && !isOwn(text)) keep(name, lines(text).map(plain).filter(Boolean).map(hash), KEPT_LINES);
    };
    notes?.addEventListener("paste", (event) => note(event.clipboardData?.getData("text/plain")));
    notes?.addEventListener("drop", (event) => note(event.dataTransfer?.getData("text/plain")));
  }

  /** Cuts a text where lines that were brought meet others. */
  parts(text: string): { text: string; isBrought: boolean }[] {
    const brought = new Set(kept(this.name));
    const parts: { text: string; isBrought: boolean }[] = [];
    for (const line of lines(text)) {
      const last = parts.at(-1);
      const isBlank = !plain(line);
      const isBrought = !isBlank && brought.has(hash(plain(line)));
      if (last && (isBlank || last.isBrought === isBrought)) last.text += line;
      else parts.push({ text: line, isBrought });
    }
    return parts;
  }
}

function kept(name: string): string[] {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "[]") as string[];
  } catch {
    return [];
  }
}

function keep(name: string, hashes: string[], most: number): void {
  try {
    localStorage.setItem(name, JSON.stringify([...new Set([...kept(name), ...hashes])].slice(-most)));
  } catch {
    // Storage that is full or forbidden keeps nothing.
  }
}

/** The lines of a text, each with the break that ends it. */
function lines(text: string): string[] {
  return text.split(/(?<=\n)/);
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
