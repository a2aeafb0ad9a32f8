/** Sends code and follows it to its verdict: one key per content, so that a double click is one submission. */

import { call, Failure, randomKey } from "./api.js";
import type { Files, Judged, PanelRequest, Pending, Scope, Submission } from "./types.js";

const ASK_EVERY = 1000;

export interface Sending {
  scope: Scope;
  files: Files;
  stdin?: string;
  requests?: PanelRequest[];
}

export interface Watcher {
  /** The submission waits or runs; `printed` is what a run has printed so far. */
  pending(submission: Pending, printed: string): void;
  /** The connection is away; it is tried again by itself. */
  interrupted(problem: Failure): void;
}

export class Submitter {
  private key = "";
  private keyOf = "";

  constructor(
    private readonly address: () => Promise<string>,
    private readonly showAddress: (id: number) => string,
  ) {}

  /** Sends, and gives the judged submission. Raises a Failure that trying again by itself cannot mend. */
  async send(sending: Sending, watcher: Watcher): Promise<Judged> {
    const text = JSON.stringify(sending);
    if (text !== this.keyOf) {
      this.key = randomKey();
      this.keyOf = text;
    }
    const address = await this.address();
    const first = await this.patiently(() => call<{ submission: Submission }>(address, { method: "POST", body: { ...sending, key: this.key } }), watcher);
    const judged = await this.followed(first.body.submission, watcher);
    // What is sent next is a new submission even if nothing was edited.
    this.keyOf = "";
    return judged;
  }

  /** Follows a submission that was sent earlier. */
  async follow(id: number, watcher: Watcher): Promise<Judged> {
    const { body } = await this.patiently(() => call<{ submission: Submission }>(this.showAddress(id)), watcher);
    return this.followed(body.submission, watcher);
  }

  /** Stops a submission that waits or runs; whoever follows it learns its verdict. */
  async stop(id: number): Promise<void> {
    await call(`${this.showAddress(id)}/stop`, { method: "POST" });
  }

  private async followed(first: Submission, watcher: Watcher): Promise<Judged> {
    let submission = first;
    let printed = "";
    let offset = 0;
    while (submission.state !== "done") {
      if (submission.output_offset > offset) {
        printed += submission.stdout;
        offset = submission.output_offset;
      }
      watcher.pending(submission, printed);
      await pause(ASK_EVERY);
      const address = `${this.showAddress(submission.id)}?offset=${offset}`;
      submission = (await this.patiently(() => call<{ submission: Submission }>(address), watcher)).body.submission;
    }
    return submission;
  }

  /** Tries again while the connection is away: the key makes a repeated sending the same submission. */
  private async patiently<T>(attempt: () => Promise<T>, watcher: Watcher): Promise<T> {
    for (let wait = 1000; ; wait = Math.min(wait * 1.6, 10_000)) {
      try {
        return await attempt();
      } catch (problem) {
        if (!(problem instanceof Failure)) throw problem;
        const isAway = problem.status === 0 || [502, 503, 504].includes(problem.status);
        if (!isAway) {
          if (problem.status === 409) this.keyOf = "";
          throw problem;
        }
        watcher.interrupted(problem);
        await pause(wait);
      }
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => window.setTimeout(resolve, milliseconds));
}
