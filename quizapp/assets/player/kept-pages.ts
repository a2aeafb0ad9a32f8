/**
 * Copies of an attempt's pages in this browser, so that a reload, or going to a question that was open before, works
 * without network. The keeper (a service worker, keeper.ts) makes and shows them; browsers have it on secure addresses only.
 */

import { listen } from "./events.js";
import type { Answer, Settings } from "./types.js";

const CACHE = "quizapp-pages";
/** The page is in use by now; what comes ahead may be fetched. */
const QUIET_AFTER = 3000;

/** What the server has confirmed of an answer since the copy of its page was made. */
export interface Known {
  position: number;
  revision: number;
  savedAt: string;
  answer: Answer;
  isAnswered: boolean;
}

/** Whether this browser has a copy of a page. */
export async function isKept(address: string): Promise<boolean> {
  return (await found(address)) !== undefined;
}

/** Lets the copies of an attempt go: it is over. */
export async function forgetPages(attempt: string): Promise<void> {
  if (!("caches" in window)) return;
  const cache = await caches.open(CACHE);
  for (const request of await cache.keys()) {
    if (new RegExp(`^/attempts/${attempt}(/|$)`).test(new URL(request.url).pathname)) await cache.delete(request);
  }
}

/** When the page before us comes from this browser's copy: brings it up to what the server has confirmed since. */
export async function refreshed(settings: Settings): Promise<Known[]> {
  if (!document.documentElement.dataset["kept"] || settings.attempt === null) return [];
  const all: Known[] = [];
  for (const link of document.querySelectorAll<HTMLAnchorElement>(".question-nav a[data-position]")) {
    const known = (await (await found(knownAddress(settings.attempt, Number(link.dataset["position"]))))?.json()) as Known | undefined;
    if (!known) continue;
    all.push(known);
    if (known.isAnswered) link.dataset["state"] = "answered";
  }
  return all;
}

/** Starts keeping copies: of this page, of the next question, and of what is saved from now on. */
export function keepPages(settings: Settings): void {
  if (settings.mode !== "interview" || !settings.keeperUrl || !("serviceWorker" in navigator)) return;
  listen("answer-saved", ({ answer, revision, savedAt }) => {
    const isAnswered = document.querySelector('.question-nav [aria-current="step"]')?.getAttribute("data-state") === "answered";
    const position = settings.position ?? 0;
    void remember(settings.attempt ?? 0, { position, revision, savedAt: savedAt.toISOString(), answer, isAnswered });
  });
  void ask(settings).catch(() => undefined); // Without copies the page works as it does without this.
}

async function ask(settings: Settings): Promise<void> {
  await navigator.serviceWorker.register(settings.keeperUrl ?? "");
  const keeper = (await navigator.serviceWorker.ready).active;
  if (document.documentElement.dataset["kept"]) return;
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const parts = loaded.filter((name) => new URL(name).pathname.startsWith("/static/"));
  keeper?.postMessage({ pages: [window.location.href], parts, away: settings.awayUrl });
  const next = settings.nextUrl;
  if (!next || (await isKept(next))) return;
  window.setTimeout(() => keeper?.postMessage({ pages: [new URL(next, window.location.href).href] }), QUIET_AFTER);
}

async function remember(attempt: number, known: Known): Promise<void> {
  if (!("caches" in window)) return;
  const cache = await caches.open(CACHE);
  await cache.put(knownAddress(attempt, known.position), new Response(JSON.stringify(known)));
}

function knownAddress(attempt: number, position: number): string {
  return `/attempts/${attempt}/known?q=${position}`;
}

async function found(address: string): Promise<Response | undefined> {
  if (!("caches" in window)) return undefined;
  return (await caches.open(CACHE)).match(new URL(address, window.location.href).href, { ignoreVary: true });
}
