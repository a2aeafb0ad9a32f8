/** The bench of reviewers: a scratch copy of an answer on the player's desk. Nothing of it is saved or counts. */

import { Desk } from "./player/desk.js";
import { part, useSprite } from "./player/dom.js";
import type { Target } from "./player/display.js";
import type { Files, GivenRequest, Judged, Settings } from "./player/types.js";

interface Bench {
  kind: Settings["kind"];
  starter: Files;
  samples: Files;
  requests: (Omit<GivenRequest, "headers"> & { headers?: Record<string, string> | [string, string][] })[];
  sources: Record<string, Files>;
  url: string;
  /** The run that the page shows. */
  run: { id: number; files: Files; since: string; isFull: boolean; hasRequests: boolean } | null;
  stdin: string;
}

/** What was changed on a page and not run survives a reload of that page, in this tab. */
interface Kept {
  page: string;
  files: Files;
}

class Scratch {
  private readonly desk: Desk;
  private readonly key: string;

  constructor(private readonly bench: Bench) {
    this.key = `scratch:${bench.url}`;
    const requests = bench.requests.map((one) => ({ ...one, headers: Object.fromEntries(headersOf(one.headers)) }));
    this.desk = new Desk(
      { kind: bench.kind, mode: "practice", isOpen: true, starter: bench.starter, samples: bench.samples, requests },
      {
        // The editor tells of changes while it is being built, too.
        changed: () => (this.desk as Desk | undefined) && this.keep(),
        sendTo: () => Promise.resolve(bench.url),
        askAt: (id) => `${bench.url}/${id}`,
        judged: (judged) => this.judged(judged),
        refused: () => Promise.resolve(),
      },
    );
    const input = document.querySelector<HTMLTextAreaElement>("[data-stdin]");
    if (input) input.value = bench.stdin;
    for (const link of document.querySelectorAll<HTMLAnchorElement>("[data-source]")) {
      link.addEventListener("click", (event) => this.begin(link, event));
    }
    const kept = JSON.parse(sessionStorage.getItem(this.key) ?? "null") as Kept | null;
    if (kept?.page === window.location.search) this.desk.editor.replace(kept.files);
    void this.resume();
  }

  private keep(): void {
    const kept: Kept = { page: window.location.search, files: this.desk.editor.texts() };
    sessionStorage.setItem(this.key, JSON.stringify(kept));
  }

  /** Begins anew with other files, without leaving the page. */
  private begin(link: HTMLAnchorElement, event: MouseEvent): void {
    const files = this.bench.sources[link.dataset["source"] ?? ""];
    if (!files || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.desk.replaceWithUndo(files, `The copy begins with: ${link.textContent ?? ""}.`);
    for (const other of document.querySelectorAll("[data-source]")) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
  }

  /** A reload shows this run again. */
  private judged(judged: Judged): void {
    window.history.replaceState(null, "", `?run=${judged.id}${window.location.hash}`);
    this.keep();
  }

  private async resume(): Promise<void> {
    const { run } = this.bench;
    if (!run) return;
    const target: Target = run.isFull ? "tests" : run.hasRequests ? "requests" : "output";
    try {
      const judged = await this.desk.resume(run.id, Date.parse(run.since), target);
      document.querySelector("[data-written]")?.remove(); // it stands where its kind belongs now
      if (judged) this.desk.markIfSame(judged, run.files);
    } catch {
      // What the server wrote into the page stays.
    }
  }
}

function headersOf(headers: Record<string, string> | [string, string][] = []): [string, string][] {
  return Array.isArray(headers) ? headers : Object.entries(headers);
}

useSprite(document.documentElement.dataset["icons"] ?? "/static/icons.svg");
new Scratch(JSON.parse(part("#scratch").textContent ?? "{}") as Bench);
document.documentElement.dataset["player"] = "ready";
