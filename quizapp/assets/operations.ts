/** The operator's page: its figures are fetched again while somebody looks at it; without this they stand as loaded. */

const EVERY_MILLISECONDS = 5000;
const shown = new Map<string, string>(); // the words of each region as the server last told them

async function renew(): Promise<void> {
  if (document.hidden) return;
  const reply = await fetch(location.pathname, { headers: { Accept: "text/html" }, redirect: "error" });
  if (!reply.ok) return;
  const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
  for (const region of document.querySelectorAll<HTMLElement>("[data-live]")) {
    const next = fresh.getElementById(region.id);
    if (next && !isInUse(region)) replace(region, next);
  }
}

/** Nothing is taken from under somebody's hands: neither the focus nor a note that is being written. */
function isInUse(region: HTMLElement): boolean {
  const notes = [...region.querySelectorAll<HTMLInputElement>("input[name=note]")];
  return region.contains(document.activeElement) || notes.some((note) => note.value !== "");
}

function replace(region: HTMLElement, next: HTMLElement): void {
  const words = next.textContent ?? "";
  if (shown.get(region.id) === words) return;
  shown.set(region.id, words);
  region.replaceChildren(...next.childNodes);
  region.dispatchEvent(new CustomEvent("replaced", { bubbles: true }));
}

/** Asks again only after an answer, so that a slow site is not asked more often. What fails is tried the next time. */
function follow(): void {
  setTimeout(() => void renew().catch(() => undefined).finally(follow), EVERY_MILLISECONDS);
}

follow();
