/** The shapes that travel between the pages and the server. */

export type Files = Record<string, string>;
export type Scope = "run" | "sample" | "full";

/** An answer as it is saved; which keys it has depends on the kind of the question. */
export interface Answer {
  options?: number[];
  text?: string;
  lines?: number[];
  indent?: number[];
  files?: Files;
}

export interface PanelRequest {
  method: string;
  path: string;
  headers: [string, string][];
  body: string;
}

/** A request as a question file writes it: the panel starts with these. */
export interface GivenRequest {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** What a player page tells its scripts, as JSON in `#player[data-settings]`. */
export interface Settings {
  kind: "choice" | "text" | "output" | "bug" | "order" | "code" | "tests" | "free";
  mode: "practice" | "interview";
  /** Null in practice until the first save made a place for the answer. */
  response: number | null;
  /** Null in practice. */
  attempt: number | null;
  position: number | null;
  owner: number;
  revision: number;
  savedAt: string | null;
  /** What the server has confirmed since a copy of this page was kept in the browser. */
  known?: { revision: number; savedAt: string; answer: Answer };
  isOpen: boolean;
  saveUrl: string | null;
  submissionsUrl: string | null;
  submissionUrl: string | null;
  clockUrl: string | null;
  finishUrl: string | null;
  reportUrl: string | null;
  /** Where the recording of this answer goes; null where nothing is recorded. */
  recordingUrl: string | null;
  notesUrl: string | null;
  nextUrl: string | null;
  /** The script that keeps copies of pages, and the page that is shown where there is none. */
  keeperUrl: string | null;
  awayUrl: string | null;
  /** The part of an interview with barriers that the page is in; null in practice and without barriers. */
  part?: { number: number; url: string; isTimed: boolean; isLast: boolean } | null;
  starter: Files;
  samples: Files;
  requests: GivenRequest[];
}

/** What the server tells of an interview's time. */
export interface Clock {
  now: string;
  deadline: string | null;
  remaining_seconds: number | null;
  total_seconds: number | null;
  credit_seconds: number;
  is_closed: boolean;
  part: { number: number; remaining_seconds: number | null; total_seconds: number | null; is_closed: boolean } | null;
}

/** What showing results has to know of the question. */
export type Shown = Pick<Settings, "kind" | "mode">;

export interface CandidateError {
  type: string;
  message: string;
  file: string;
  line: number;
  column: number;
  traceback: string;
  /** The lines around a syntax error, with a caret; empty for other errors. */
  frame?: string;
}

export interface TestLine {
  name: string;
  title?: string;
  passed: boolean;
  status: string;
  is_sample: boolean;
  message: string;
  exception: string;
  line: number;
  file: string;
  error: CandidateError | null;
  expected: string;
  got: string;
  calls: { sent: string; got: string }[];
  seconds: number;
  note: { title: string; text: string } | null;
}

export interface PanelResponse {
  status: number;
  reason: string;
  headers: [string, string][];
  body: string;
  body_cut: boolean;
  milliseconds: number;
  error: CandidateError | null;
}

/** What every submission tells, judged or not. */
interface Frame {
  id: number;
  scope: Scope;
  created_at: string;
  finished_at: string | null;
  is_from_cache: boolean;
  sandbox_problem: string | null;
  /** Said while it is tried once more after a fault on our side. */
  retry_text: string | null;
}

/** A submission on its way: where it stands, and what a run has printed since `offset`. */
export interface Pending extends Frame {
  state: "queued" | "running";
  place: number | null;
  expected_wait_seconds: number | null;
  stdout: string;
  output_offset: number;
}

/** A submission with its verdict. */
export interface Judged extends Frame {
  state: "done";
  verdict: string;
  verdict_text: string;
  points: number | null;
  max_points: number;
  best_points: number | null;
  tests_passed: number;
  tests_total: number;
  tests: TestLine[];
  error: CandidateError | null;
  stdout: string;
  stderr: string;
  stdout_cut: boolean;
  stderr_cut: boolean;
  exit_code: number | null;
  responses: PanelResponse[];
  cpu_seconds: number;
  wall_seconds: number;
  peak_memory_mib: number;
}

export type Submission = Pending | Judged;

/** One line of the list of earlier submissions. */
export interface Earlier extends Frame {
  state: "queued" | "running" | "done";
  verdict: string | null;
  share: number | null;
  files: Files;
  is_from_draft: boolean;
}
