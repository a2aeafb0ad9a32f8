/** Brings recorded entries to the server, in frames with a number each, and keeps them here while it is not reached. */

import { call, Failure } from "../player/api.js";
import type { Entry } from "./tape.js";

/** Entries that were given a number. They never change again, so that whoever sends them twice does no harm. */
interface Frame {
  sequence: number;
  entries: Entry[];
}

interface Kept {
  address: string;
  session: string;
  begun: number;
  frames: Frame[];
}

/** The most that waits in this browser, in characters of JSON; then the recording begins anew. */
const MOST_WAITING = 1_000_000;

export type Fate = "sent" | "waiting" | "broken" | "stopped";

export class Sending {
  private frames: Frame[] = [];
  private sequence = 0;
  private isBusy = false;

  constructor(
    private readonly address: string,
    private readonly prefix: string,
    private readonly session: string,
    private readonly begun: number,
  ) {}

  /** Gives entries their number. */
  add(entries: Entry[]): void {
    if (entries.length) this.frames.push({ sequence: this.sequence++, entries });
  }

  /** Sends what waits, in order. Never raises: a recording that cannot be kept is no reason to disturb anybody. */
  async send(): Promise<Fate> {
    if (this.isBusy) return "waiting";
    this.isBusy = true;
    try {
      for (let frame = this.frames[0]; frame; frame = this.frames[0]) {
        await put(this.address, this.session, this.begun, frame);
        this.frames.shift();
      }
      this.forget();
      return "sent";
    } catch (problem) {
      return this.failed(problem);
    } finally {
      this.isBusy = false;
    }
  }

  /** The page goes away: everything is sent without waiting for an answer, and kept until another page got one. */
  leave(): void {
    this.keep();
    for (const frame of this.frames) void put(this.address, this.session, this.begun, frame, true).catch(() => undefined);
  }

  private failed(problem: unknown): Fate {
    if (!(problem instanceof Failure)) return "stopped";
    if (problem.isPassing) return this.keep() ? "waiting" : "broken";
    this.forget();
    return problem.code === "recording_gap" ? "broken" : "stopped";
  }

  private keep(): boolean {
    const kept: Kept = { address: this.address, session: this.session, begun: this.begun, frames: this.frames };
    const text = JSON.stringify(kept);
    if (text.length > MOST_WAITING) return false;
    try {
      if (this.frames.length) localStorage.setItem(this.prefix + this.session, text);
    } catch {
      // Full or forbidden: what waits is in this page only.
    }
    return true;
  }

  private forget(): void {
    try {
      localStorage.removeItem(this.prefix + this.session);
    } catch {
      // Forbidden storage holds nothing either.
    }
  }
}

/** Sends what earlier pages of this person left here. Whether nothing is left that could be sent later. */
export async function sendLeftovers(prefix: string): Promise<boolean> {
  for (const name of names(prefix)) {
    try {
      const kept = JSON.parse(localStorage.getItem(name) ?? "") as Kept;
      for (const frame of kept.frames) await put(kept.address, kept.session, kept.begun, frame);
      localStorage.removeItem(name);
    } catch (problem) {
      if (problem instanceof Failure && problem.isPassing) return false;
      localStorage.removeItem(name);
    }
  }
  return true;
}

function names(prefix: string): string[] {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(prefix));
  } catch {
    return [];
  }
}

async function put(address: string, session: string, begun: number, frame: Frame, keepalive = false): Promise<void> {
  // How long ago things were is told by the age of the page, so that the clock of this machine need not be right.
  const age = Math.max(0, Math.round((Date.now() - begun) / 10));
  await call(address, { method: "PUT", body: { session, sequence: frame.sequence, age, entries: frame.entries }, keepalive });
}
