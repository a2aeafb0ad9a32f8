/**
 * The keeper: a service worker for the pages of running attempts, and for nothing else of the site.
 *
 * Pages come from the server as long as it answers. Each question's page that came is kept as a copy, and is shown when
 * the server cannot be reached: with a mark on it, from which its scripts know that the copy may be older than what was
 * saved since. Copies go when somebody signs in or out, or the attempt is over.
 */

export {};

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Asking extends Extendable {
  readonly data: { pages?: string[]; parts?: string[]; away?: string };
}
interface Events {
  install: Extendable;
  activate: Extendable;
  fetch: Fetching;
  message: Asking;
}
interface Worker {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  addEventListener<Name extends keyof Events>(name: Name, run: (event: Events[Name]) => void): void;
}

const worker = self as unknown as Worker;
const PAGES = "quizapp-pages";
const PARTS = "quizapp-parts";
/** Where the page lies that says what can be done without network. */
const AWAY = "/attempts/away";
/** A server that says nothing for so long is as good as gone, where there is a copy. */
const PATIENCE = 10_000;
const GONE = [502, 503, 504];

worker.addEventListener("install", () => void worker.skipWaiting());
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(part(request));
  else if (request.mode === "navigate") event.respondWith(page(request, event));
});

worker.addEventListener("message", (event) => {
  const { pages = [], parts = [], away } = event.data;
  event.waitUntil(
    Promise.allSettled([
      ...pages.map(async (address) => keep(address, await fetch(address, { headers: { Accept: "text/html" } }))),
      ...parts.map((address) => part(new Request(address))),
      ...(away ? [fetch(away).then((reply) => keep(AWAY, reply))] : []),
    ]),
  );
});

/** Scripts, styles and icons: their addresses change with their content, so a copy is as good as the original. */
async function part(request: Request): Promise<Response> {
  const cache = await caches.open(PARTS);
  const known = await cache.match(request, { ignoreVary: true });
  if (known) return known;
  const reply = await fetch(request);
  if (reply.ok && /[?&]v=|\/chunks\//.test(request.url)) await cache.put(request, reply.clone());
  return reply;
}

async function page(request: Request, event: Fetching): Promise<Response> {
  const copy = isQuestion(new URL(request.url)) ? await (await caches.open(PAGES)).match(request.url, { ignoreVary: true }) : undefined;
  try {
    const reply = await (copy ? Promise.race([fetch(request), silence()]) : fetch(request));
    if (copy && GONE.includes(reply.status)) return await shown(copy);
    if (isQuestion(new URL(request.url))) event.waitUntil(keep(request.url, reply.clone()));
    return reply;
  } catch (problem) {
    if (copy) return shown(copy);
    const away = await (await caches.open(PAGES)).match(AWAY, { ignoreVary: true });
    if (!away) throw problem;
    return shown(away, await listed());
  }
}

function isQuestion(url: URL): boolean {
  return /^\/attempts\/\d+$/.test(url.pathname);
}

async function silence(): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  throw new Error("The server does not answer");
}

/** Only what is a page of its own is kept, not where a redirect led. */
async function keep(address: string, reply: Response): Promise<void> {
  const isPage = reply.headers.get("Content-Type")?.startsWith("text/html");
  if (!reply.ok || reply.redirected || reply.type !== "basic" || !isPage) return;
  const headers = new Headers(reply.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  headers.set("X-Kept-At", String(Date.now()));
  await (await caches.open(PAGES)).put(address, new Response(await reply.text(), { headers }));
}

/** The copy, with the moment it was made on its root element, and with a list where the page has a place for one. */
async function shown(copy: Response, list = ""): Promise<Response> {
  const text = (await copy.text()).replace("<html ", `<html data-kept="${copy.headers.get("X-Kept-At")}" `);
  return new Response(text.replace("<!-- the keeper names the questions here -->", list), { headers: copy.headers });
}

/** The questions that have a copy, as links in their order. Nothing but numbers goes into the page. */
async function listed(): Promise<string> {
  const addresses = (await (await caches.open(PAGES)).keys()).map((request) => new URL(request.url)).filter(isQuestion);
  const places = addresses
    .map((url) => ({ attempt: Number(url.pathname.split("/")[2]), position: Number(url.searchParams.get("q")) }))
    .filter(({ position }) => position > 0)
    .sort((one, other) => one.attempt - other.attempt || one.position - other.position);
  return places
    .map(({ attempt, position }) => `<li><div><a class="title" href="/attempts/${attempt}?q=${position}">Question ${position}</a></div></li>`)
    .join("");
}
