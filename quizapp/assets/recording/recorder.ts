/** Records how an answer comes about, where the candidate agreed to it. It listens, and disturbs nothing it listens to. */

import { randomKey } from "../player/api.js";
import type { Settings } from "../player/types.js";
import { followAttention } from "./attention.js";
import { difference, type Edit } from "./deltas.js";
import { Brought, Copies, isOnPage, isPartOf } from "./origins.js";
import { Sending, sendLeftovers } from "./sending.js";
import { type How, Tape } from "./tape.js";

/** What an editor tells of a change, as the detail of the event `answer-edited`. */
export interface Edited {
  path: string;
  /** One after the other: each is about the text that those before it made. */
  edits: Edit[];
  how: "typed" | "pasted" | "replaced";
  /** The text afterwards. */
  text: () => string;
}

/** A frame is sent when a save has gone through, at most this often, and after the longer time in any case. */
const SOONEST = 5000;
const LATEST = 15_000;
const FIRST = 2000;
/** A connection that is back within this time was not away. Milliseconds. */
const SHORTEST_GAP = 5000;

/** Starts to record the answer of this page, before anything on it is made live. */
export function startRecording(settings: Settings): void {
  if (settings.recordingUrl && settings.isOpen) new Recorder(settings, settings.recordingUrl).start();
}

class Recorder {
  private readonly prefix: string;
  private readonly copies: Copies;
  private readonly brought: Brought;
  private readonly notes = document.querySelector<HTMLTextAreaElement>("#notes-text");
  private readonly field = document.querySelector<HTMLInputElement | HTMLTextAreaElement>('[data-answer-form] [name="text"]');
  private tape: Tape;
  private sending: Sending;
  private timer = 0;
  private sentAt = Date.now();
  private unreachedSince = 0;
  private isStopped = false;
  /** Whether earlier pages may have left something that was not sent: they, or this one, were without connection. */
  private isLeft = true;

  constructor(
    private readonly settings: Settings,
    private readonly address: string,
  ) {
    this.prefix = `quizapp.recording.${settings.owner}.`;
    this.copies = new Copies(`quizapp.copied.${settings.owner}.${settings.clockUrl ?? ""}`);
    const isOwn = (text: string): boolean => this.isOwn(text) || this.copies.has(text);
    this.brought = new Brought(`quizapp.brought.${settings.owner}.${settings.clockUrl ?? ""}`, this.notes, isOwn);
    const fields = [...document.querySelectorAll<HTMLTextAreaElement>("textarea[data-path]")];
    const texts = fields.map((field): [string, string] => [field.dataset["path"] ?? "", field.value]);
    if (this.field) texts.push(["", this.field.value]);
    [this.tape, this.sending] = this.begin(texts);
  }

  start(): void {
    void this.sendLeft();
    document.addEventListener("answer-edited", (event) => this.edited((event as CustomEvent<Edited>).detail));
    document.addEventListener("answer-file-shown", (event) => this.shown((event as CustomEvent<string>).detail));
    this.field?.addEventListener("input", (event) => this.typed((event as InputEvent).inputType));
    document.addEventListener("answer-saved", () => this.schedule(Math.max(200, this.sentAt + SOONEST - Date.now())));
    window.addEventListener("online", () => this.schedule(200));
    followAttention((seconds, how) => {
      this.tape.note(["a", seconds, how], Date.now());
      this.schedule(LATEST);
    });
    // After the listener above: an absence that the leaving ends comes first.
    window.addEventListener("pagehide", () => this.leave());
    this.schedule(FIRST);
  }

  private begin(texts: [path: string, text: string][]): [Tape, Sending] {
    const begun = Date.now();
    const paths = texts.map(([path]) => path);
    const starter = paths.map((path) => this.settings.starter[path] ?? "");
    return [
      new Tape(paths, texts.map(([, text]) => text), starter, begun),
      new Sending(this.address, this.prefix, randomKey().replaceAll("-", ""), begun),
    ];
  }

  private edited({ path, edits, how, text }: Edited): void {
    const file = this.tape.files.indexOf(path);
    if (file < 0 || this.isStopped) return;
    const now = Date.now();
    for (const edit of edits) this.note(file, edit, how, now);
    // Something changed the text unheard: what came before cannot be continued.
    if (this.tape.texts[file]?.length !== text().length) this.restart(file, text());
    this.schedule(LATEST);
  }

  private typed(inputType: string): void {
    const edit = difference(this.tape.texts[0] ?? "", this.field?.value ?? "");
    if (!edit || this.isStopped) return;
    const how = /^insertFrom(Paste|Drop)/.test(inputType) ? "pasted" : "typed";
    this.note(0, edit, how, Date.now());
    this.schedule(LATEST);
  }

  /** Writes an edit down with its origin; in parts, where some of its lines were pasted into the notes before. */
  private note(file: number, edit: Edit, how: Edited["how"], now: number): void {
    const origin = this.origin(how, edit);
    if (origin !== "m") {
      this.tape.edit(file, edit, origin, now);
      return;
    }
    let { from, removed } = edit;
    const isOwn = this.isOwn(edit.inserted);
    for (const { text, isBrought } of isOwn ? [{ text: edit.inserted, isBrought: false }] : this.brought.parts(edit.inserted)) {
      this.tape.edit(file, { from, removed, inserted: text }, isBrought ? "p" : "m", now);
      from += text.length;
      removed = 0;
    }
  }

  private origin(how: Edited["how"], edit: Edit): How {
    if (how === "replaced") return "r";
    if (how === "typed" || !edit.inserted.trim()) return "";
    const isNoted = isPartOf(edit.inserted, this.notes?.value ?? "");
    return isNoted || this.isOwn(edit.inserted) || this.copies.has(edit.inserted) ? "m" : "p";
  }

  /** Whether a text stands in the answer, or in what the page shows. */
  private isOwn(text: string): boolean {
    const own = [...this.tape.texts, ...Object.values(this.settings.starter), ...Object.values(this.settings.samples)];
    return own.some((one) => isPartOf(text, one)) || isOnPage(text);
  }

  private shown(path: string): void {
    const file = this.tape.files.indexOf(path);
    if (file >= 0 && !this.isStopped) this.tape.note(["f", file], Date.now());
  }

  private restart(file: number, text: string): void {
    this.sending.add(this.tape.take());
    void this.sending.send();
    const texts = this.tape.files.map((path, index): [string, string] => [path, index === file ? text : (this.tape.texts[index] ?? "")]);
    [this.tape, this.sending] = this.begin(texts);
  }

  private schedule(delay: number): void {
    if (this.isStopped || (this.timer && delay >= LATEST)) return;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.flush(), delay);
  }

  private async flush(): Promise<void> {
    this.timer = 0;
    this.sentAt = Date.now();
    this.sending.add(this.tape.take());
    const fate = await this.sending.send();
    if (fate === "stopped") this.isStopped = true;
    else if (fate === "broken") this.restart(0, this.tape.texts[0] ?? "");
    this.reached(fate);
    if (fate === "sent") await this.sendLeft();
    if (fate === "waiting" || !this.tape.isEmpty) this.schedule(LATEST);
  }

  private async sendLeft(): Promise<void> {
    if (this.isLeft) this.isLeft = !(await sendLeftovers(this.prefix));
  }

  private reached(fate: string): void {
    if (fate === "waiting") this.unreachedSince ||= this.sentAt;
    if (fate !== "sent" || !this.unreachedSince) return;
    const length = Date.now() - this.unreachedSince;
    if (length >= SHORTEST_GAP) this.tape.note(["n", Math.round(length / 100) / 10], Date.now());
    this.unreachedSince = 0;
  }

  private leave(): void {
    if (this.isStopped) return;
    this.tape.note(["x"], Date.now());
    this.sending.add(this.tape.take());
    this.sending.leave();
  }
}
