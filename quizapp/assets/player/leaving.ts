/** Going to another page of the attempt: what is typed is saved first, and without network only where that leads somewhere. */

import type { Connection } from "./connection.js";
import { toast } from "./dom.js";
import { isKept } from "./kept-pages.js";
import type { Saving } from "./saving.js";

/** Nobody waits longer for a save; what is not there by then is in the journal, and is sent from the next page. */
const PATIENCE = 3000;

/** Makes the links of the page wait for the save. */
export function saveBeforeLeaving(saving: Saving | null, connection: Connection): void {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href]") : null;
    if (!link || link.target || link.origin !== window.location.origin) return;
    if (link.hash && link.pathname === window.location.pathname && link.search === window.location.search) return;
    if (!saving?.isBehind && !connection.holds) return;
    event.preventDefault();
    void go(link.href, saving, connection);
  });
}

/** Goes to an address of this site as soon as what is typed is saved. */
export async function go(address: string, saving: Saving | null, connection: Connection): Promise<void> {
  if (saving?.isBehind) {
    await Promise.race([saving.flush(), new Promise((resolve) => window.setTimeout(resolve, PATIENCE))]);
  }
  if (connection.holds && !(await connection.isBack()) && !(await isKept(address))) {
    toast(
      /\/(finish|part)$/.test(address)
        ? "This needs the connection. Nothing is lost: when the time is over, what the server has is handed in by itself."
        : "This page was not opened before the connection went away. Stay here, or go to a question that was; nothing is lost.",
    );
    return;
  }
  window.location.assign(address);
}
