/** The playback page: its drawing, code and log follow one moment. Without this the log still tells everything. */

import { Film, type Recorded } from "./playback/film.js";
import { View } from "./playback/view.js";
import { announce, icon, part, useSprite } from "./player/dom.js";
import { tabs } from "./player/tabs.js";

interface Mark {
  at: number;
  seconds: number | null;
  kind: string;
  text: string;
}

interface Told {
  length: number;
  starter: Record<string, string>;
  tapes: Recorded[];
  marks: Mark[];
}

type Sort = "event" | "run" | "paste" | "idle";

const SORTS: Record<Sort, (mark: Mark) => boolean> = {
  event: (mark) => mark.kind !== "typed",
  run: (mark) => mark.kind === "run" || mark.kind === "sent",
  paste: (mark) => mark.kind === "pasted",
  idle: (mark) => mark.kind === "idle",
};
const WORDS: Record<Sort, string> = { event: "event", run: "run", paste: "paste", idle: "pause" };
const STEP = 5;
/** With pauses skipped, nothing takes longer than this. Seconds. */
const LONGEST_WAIT = 1;

class Playback {
  private readonly pane = part("[data-playback]");
  private readonly head = part<SVGLineElement>("[data-head]", this.pane);
  private readonly clock = part("[data-clock]", this.pane);
  private readonly scrub = part<HTMLInputElement>("[data-scrub]", this.pane);
  private readonly speed = part<HTMLSelectElement>("[data-speed]", this.pane);
  private readonly skips = part<HTMLInputElement>("[data-skip]", this.pane);
  private readonly button = part<HTMLButtonElement>("[data-play]", this.pane);
  private readonly lines = [...this.pane.querySelectorAll<HTMLLIElement>("[data-line]")];
  private readonly film: Film;
  private readonly moments: number[];
  private readonly view = new View(part("[data-view]", this.pane));
  private readonly choose: (path: string) => void;
  private now: number;
  private file = "";
  private playing = 0;
  private drawnAt = 0;

  constructor(private readonly told: Told) {
    this.film = new Film(told.tapes, told.starter);
    this.moments = [...this.film.moments, ...told.marks.map((mark) => mark.at)].sort((one, other) => one - other);
    this.now = told.length;
    this.choose = tabs(part("[data-files]", this.pane), (path) => {
      this.file = path;
      this.draw();
    });
    this.listen();
    const wanted = this.lines.find((line) => line.id && `#${line.id}` === window.location.hash);
    if (wanted) this.go(told.marks[Number(wanted.dataset["line"])]?.at ?? told.length);
    else this.go(told.length);
  }

  private listen(): void {
    this.button.addEventListener("click", () => this.toggle());
    this.scrub.addEventListener("input", () => this.go(Number(this.scrub.value)));
    for (const button of this.pane.querySelectorAll<HTMLButtonElement>("[data-jump]")) {
      const name = button.dataset["jump"] ?? "";
      button.addEventListener("click", () => this.jump(name.replace("-", "") as Sort, name.startsWith("-")));
    }
    for (const link of this.pane.querySelectorAll<HTMLAnchorElement>("[data-at]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.stop();
        this.go(Number(link.dataset["at"]));
      });
    }
    this.pane.addEventListener("keydown", (event) => this.key(event));
  }

  /** Keys hold only while the focus is in the pane, and not in a field that has its own use for them. */
  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    const isField = target.matches("select, input");
    const isPressed = target.closest("button, a, summary, [role=tab]") !== null;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => this.go(this.now - STEP),
      ArrowRight: () => this.go(this.now + STEP),
      ",": () => this.jump("event", true),
      ".": () => this.jump("event", false),
      r: () => this.jump("run", event.shiftKey),
      p: () => this.jump("paste", event.shiftKey),
      i: () => this.jump("idle", event.shiftKey),
      "+": () => this.faster(1),
      "-": () => this.faster(-1),
      " ": () => this.toggle(),
    };
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = actions[key];
    if (!action || isField || (key === " " && isPressed) || (key.startsWith("Arrow") && target.matches("[role=tab]"))) return;
    event.preventDefault();
    action();
  }

  private faster(by: number): void {
    this.speed.selectedIndex = Math.min(this.speed.length - 1, Math.max(0, this.speed.selectedIndex + by));
    announce(`Speed ${this.speed.value}`);
  }

  private jump(sort: Sort, isBack: boolean): void {
    const fitting = this.told.marks.filter(SORTS[sort]);
    const found = isBack
      ? fitting.filter((mark) => mark.at < this.now - 0.01).at(-1)
      : fitting.find((mark) => mark.at > this.now + 0.01);
    this.stop();
    if (!found) {
      announce(`No ${isBack ? "earlier" : "later"} ${WORDS[sort]}.`);
      return;
    }
    this.go(found.at);
    announce(`${clockOf(found.at)}: ${found.text}`);
  }

  private toggle(): void {
    if (this.playing) this.stop();
    else this.play();
  }

  private play(): void {
    if (this.now >= this.told.length) this.go(0);
    this.drawnAt = performance.now();
    this.playing = window.requestAnimationFrame(() => this.tick());
    this.button.replaceChildren(icon("pause"), word("Pause"));
  }

  private stop(): void {
    if (!this.playing) return;
    window.cancelAnimationFrame(this.playing);
    this.playing = 0;
    this.button.replaceChildren(icon("play"), word("Play"));
  }

  private tick(): void {
    const since = (performance.now() - this.drawnAt) / 1000;
    this.drawnAt = performance.now();
    let next = this.now + since * Number(this.speed.value);
    if (this.skips.checked) {
      const following = this.moments.find((moment) => moment > this.now + 0.01);
      if (following !== undefined && following - this.now > LONGEST_WAIT) next = Math.max(next, following - LONGEST_WAIT);
    }
    this.go(next);
    if (this.now >= this.told.length) this.stop();
    else this.playing = window.requestAnimationFrame(() => this.tick());
  }

  private go(seconds: number): void {
    this.now = Math.min(this.told.length, Math.max(0, seconds));
    const frame = this.film.at(this.now);
    if (frame.file !== this.file) {
      this.file = frame.file;
      this.choose(frame.file);
    }
    this.draw();
  }

  private draw(): void {
    const told = clockOf(this.now);
    const frame = this.film.at(this.now);
    this.view.show(frame, this.file in frame.texts ? this.file : frame.file, told);
    const share = `${(100 * this.now) / Math.max(1, this.told.length)}%`;
    this.head.setAttribute("x1", share);
    this.head.setAttribute("x2", share);
    this.clock.textContent = told;
    this.scrub.value = String(this.now);
    this.scrub.setAttribute("aria-valuetext", told);
    this.mark();
  }

  /** Marks the line of the log that was told last, and keeps it in view of the log alone. */
  private mark(): void {
    const index = this.told.marks.filter((mark) => mark.at <= this.now + 0.01).length - 1;
    const line = this.lines[index];
    if (!line || line.getAttribute("aria-current")) return;
    for (const other of this.lines) other.removeAttribute("aria-current");
    line.setAttribute("aria-current", "true");
    const log = line.parentElement;
    if (log && !log.contains(document.activeElement)) log.scrollTop = line.offsetTop - log.clientHeight / 2;
  }
}

function word(text: string): HTMLElement {
  const element = document.createElement("span");
  element.textContent = text;
  return element;
}

function clockOf(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

useSprite(document.documentElement.dataset["icons"] ?? "/static/icons.svg");
new Playback(JSON.parse(part("#playback-data").textContent ?? "{}") as Told);
document.documentElement.dataset["player"] = "ready";
