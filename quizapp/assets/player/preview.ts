/** Draws an HTML answer of the candidate's app: in a frame without scripts, forms or origin, and without loading anything. */

import { h } from "./dom.js";

const DROPPED = "script, link, base, iframe, frame, object, embed, meta[http-equiv], audio, video, source, track";

/** The frame with the page in it. */
export function preview(page: string): HTMLIFrameElement {
  const frame = h("iframe", { class: "preview", sandbox: "", title: "Preview of the response" });
  frame.srcdoc = quiet(page);
  return frame;
}

/**
 * The page without what the policy of this site, which the frame inherits, would refuse with a complaint, and without
 * addresses: they would mean this site, not the candidate's app. Its own style elements are kept, by the nonce.
 */
function quiet(page: string): string {
  const parsed = new DOMParser().parseFromString(page, "text/html");
  for (const element of parsed.querySelectorAll(DROPPED)) element.remove();
  const nonce = document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? "";
  for (const style of parsed.querySelectorAll("style")) style.setAttribute("nonce", nonce);
  for (const element of parsed.querySelectorAll("*")) {
    for (const { name } of [...element.attributes]) {
      if (name === "style" || name.startsWith("on") || ["src", "srcset", "action", "formaction", "background"].includes(name)) {
        element.removeAttribute(name);
      }
    }
    const target = element.getAttribute("href");
    if (target !== null) {
      element.removeAttribute("href");
      element.setAttribute("title", target);
    }
  }
  const links = parsed.createElement("style");
  links.setAttribute("nonce", nonce);
  links.textContent = "a[title] { color: LinkText; text-decoration: underline; }";
  parsed.head.prepend(links);
  return `<!doctype html>${parsed.documentElement.outerHTML}`;
}
