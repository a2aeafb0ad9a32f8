/** Talks to the server: JSON both ways, and every failure as one kind of error that says what to do. */

/** `status` is 0 when nothing came back at all. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code = "",
    readonly body: Record<string, unknown> = {},
    readonly retryAfter = 0,
  ) {
    super(message);
  }

  /** Whether trying the same again later may help. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

interface Call {
  method?: "GET" | "POST" | "PUT";
  body?: unknown;
  keepalive?: boolean;
  seconds?: number;
}

function token(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

/** Fetches a fresh form token: one that was made hours ago may have run out while somebody was thinking. */
async function renewToken(): Promise<void> {
  let page: string;
  try {
    page = await (await fetch(window.location.href, { credentials: "same-origin" })).text();
  } catch {
    throw new Failure(0, "No connection to the server.");
  }
  const fresh = new DOMParser().parseFromString(page, "text/html").querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
  const known = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
  if (fresh && known) known.content = fresh.content;
}

/** Calls the server. Gives the status and the JSON that came back, or raises a Failure. */
export async function call<T>(address: string, options: Call = {}): Promise<{ status: number; body: T }> {
  try {
    return await once<T>(address, options);
  } catch (problem) {
    const isStale = problem instanceof Failure && problem.code === "outdated_form";
    if (!isStale || options.keepalive) throw problem;
    await renewToken();
    return once<T>(address, options);
  }
}

async function once<T>(address: string, options: Call): Promise<{ status: number; body: T }> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.method && options.method !== "GET") headers["X-CSRFToken"] = token();
  let reply: Response;
  try {
    reply = await fetch(address, {
      method: options.method ?? "GET",
      headers,
      credentials: "same-origin",
      keepalive: options.keepalive ?? false,
      signal: AbortSignal.timeout((options.seconds ?? 15) * 1000),
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
  } catch {
    throw new Failure(0, "No connection to the server.");
  }
  return understood<T>(reply);
}

async function understood<T>(reply: Response): Promise<{ status: number; body: T }> {
  if (reply.redirected && !reply.headers.get("Content-Type")?.includes("json")) {
    throw new Failure(401, "You are signed out. Sign in again in another tab, then go on here.");
  }
  let body: unknown;
  try {
    body = await reply.json();
  } catch {
    // A proxy's own error page, or an answer that was cut: nothing we can read.
    if (reply.ok) throw new Failure(0, "The answer of the server did not arrive whole.");
    body = {};
  }
  if (reply.ok) return { status: reply.status, body: body as T };
  const fields = (body ?? {}) as { error?: { code?: string; message?: string; what_to_do?: string } };
  const told = [fields.error?.message, fields.error?.what_to_do].filter(Boolean).map((text) => sentence(text ?? "")).join(" ");
  throw new Failure(
    reply.status,
    told || spoken(reply.status),
    fields.error?.code ?? "",
    fields as Record<string, unknown>,
    Number(reply.headers.get("Retry-After") ?? 0) || 0,
  );
}

function sentence(text: string): string {
  return /[.!?:]$/.test(text) ? text : `${text}.`;
}

function spoken(status: number): string {
  if (status === 401) return "You are signed out. Sign in again in another tab, then go on here.";
  if (status === 413) return "That is larger than the server accepts. Make it smaller and send it again.";
  if (status === 429) return "That was too often in a short time. Wait a moment.";
  if (status >= 500) return "The server had a fault of its own. It costs you nothing; try again in a moment.";
  return `The server refused this (${status}). Reload the page and try again.`;
}

/** Posts a form as a page would, without leaving the page. */
export async function postForm(address: string, fields: Record<string, string>): Promise<void> {
  let reply = await posted(address, fields);
  if (reply.status === 400) {
    await renewToken();
    reply = await posted(address, fields);
  }
  if (reply.type !== "opaqueredirect" && !reply.ok) throw new Failure(reply.status, spoken(reply.status));
}

async function posted(address: string, fields: Record<string, string>): Promise<Response> {
  const body = new URLSearchParams({ ...fields, csrf_token: token() });
  try {
    // Forms answer with a redirect; where to is of no interest here.
    return await fetch(address, { method: "POST", body, credentials: "same-origin", redirect: "manual" });
  } catch {
    throw new Failure(0, "No connection to the server.");
  }
}

/** A random key. `crypto.randomUUID` exists on secure addresses only, and a classroom server may be plain HTTP. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
