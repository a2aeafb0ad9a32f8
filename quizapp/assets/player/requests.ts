/** The request panel: a list of requests, replayed in one session against the candidate's application. */

import { type Child, h, icon, part } from "./dom.js";
import { errorParts, type Places } from "./outcome.js";
import { preview } from "./preview.js";
import type { GivenRequest, PanelRequest, PanelResponse } from "./types.js";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const MOST = 20;

export class RequestPanel {
  private readonly list = part<HTMLOListElement>("[data-request-list]");
  private readonly answer = part("[data-response]");
  private readonly preview = part("[data-preview]");
  private responses: PanelResponse[] = [];
  private selected = 0;
  private nextId = 0;

  constructor(
    given: GivenRequest[],
    private readonly places: Places,
    send: () => void,
  ) {
    const first = given.length ? given : [{ method: "GET", path: "/" }];
    for (const request of first) this.add(request);
    part("[data-request-add]").addEventListener("click", () => {
      const item = this.add({ method: "GET", path: "/" });
      part<HTMLInputElement>("[data-path]", item).focus();
    });
    part<HTMLFormElement>("[data-request-form]").addEventListener("submit", (event) => {
      event.preventDefault();
      send();
    });
    this.settle();
  }

  /** The requests as they stand in the list. */
  read(): PanelRequest[] {
    return [...this.list.children].map((item) => ({
      method: part<HTMLSelectElement>("[data-method]", item).value,
      path: absolute(part<HTMLInputElement>("[data-path]", item).value),
      headers: headerLines(part<HTMLTextAreaElement>("[data-headers]", item).value),
      body: part<HTMLTextAreaElement>("[data-body]", item).value,
    }));
  }

  /** Shows what came back; the last answer is in view. */
  show(responses: PanelResponse[]): void {
    this.responses = responses;
    this.selected = Math.max(0, responses.length - 1);
    this.settle();
  }

  /** Shows that nothing came back, and why. */
  showNothing(...why: Child[]): void {
    this.responses = [];
    this.settle();
    this.answer.replaceChildren(h("div", { class: "quiet-note" }, ...why.filter((child) => child !== null) as Node[]));
  }

  private add(request: GivenRequest): HTMLLIElement {
    const id = `request-${(this.nextId += 1)}`;
    const headers = Object.entries(request.headers ?? {}).map(([name, value]) => `${name}: ${value}`).join("\n");
    const more = h(
      "div",
      { class: "request-more", id: `${id}-more`, hidden: !headers && !request.body },
      h("label", { class: "field-label", for: `${id}-body` }, "Body"),
      h("textarea", { class: "input mono", id: `${id}-body`, rows: 1, spellcheck: "false", "data-body": true }, request.body ?? ""),
      h("label", { class: "field-label", for: `${id}-headers` }, "Headers", h("span", { class: "hidden-text" }, ", one per line")),
      h("textarea", { class: "input mono", id: `${id}-headers`, rows: 1, spellcheck: "false", "data-headers": true, placeholder: "Content-Type: application/json" }, headers),
    );
    const moreButton = this.smallButton("pencil", "Headers and body", { "aria-expanded": String(!more.hidden), "aria-controls": more.id });
    moreButton.addEventListener("click", () => {
      more.hidden = !more.hidden;
      moreButton.setAttribute("aria-expanded", String(!more.hidden));
      if (!more.hidden) more.scrollIntoView({ block: "nearest" });
    });
    const remove = this.smallButton("cross", "Remove this request", { "data-remove": true });
    const method = h("select", { class: "input", "aria-label": "Method", "data-method": true }, ...METHODS.map((name) => h("option", {}, name)));
    method.value = request.method ?? "GET";
    const status = h("button", { class: "request-status figure", type: "button", hidden: true, "data-status": true });
    const item = h(
      "li",
      { class: "request-item" },
      h(
        "div",
        { class: "request-row" },
        method,
        h("input", { class: "input", "aria-label": "Path", value: request.path ?? "/", spellcheck: "false", autocapitalize: "off", "data-path": true, required: true }),
        status,
        moreButton,
        remove,
      ),
      more,
    );
    remove.addEventListener("click", () => {
      const index = [...this.list.children].indexOf(item);
      item.remove();
      this.responses.splice(index, 1);
      this.selected = Math.min(this.selected, Math.max(0, this.list.children.length - 1));
      this.settle();
      part<HTMLElement>("[data-request-add]").focus();
    });
    status.addEventListener("click", () => {
      this.selected = [...this.list.children].indexOf(item);
      this.settle();
    });
    this.list.append(item);
    this.settle();
    return item;
  }

  private smallButton(sign: string, label: string, attributes: Record<string, string | boolean>): HTMLButtonElement {
    return h("button", { class: "button button-quiet button-small", type: "button", title: label, ...attributes }, icon(sign), h("span", { class: "hidden-text" }, label));
  }

  private settle(): void {
    const items = [...this.list.children];
    part<HTMLButtonElement>("[data-request-add]").disabled = items.length >= MOST;
    items.forEach((item, index) => {
      part<HTMLElement>("[data-remove]", item).hidden = items.length === 1;
      const status = part<HTMLButtonElement>("[data-status]", item);
      const response = this.responses[index];
      status.hidden = !response;
      if (!response) return;
      status.textContent = String(response.status || "none");
      status.className = `request-status figure ${response.status >= 500 || response.status === 0 ? "sign-fail" : ""}`;
      status.setAttribute("aria-label", `Show the answer to request ${index + 1}, status ${response.status || "none"}`);
      if (index === this.selected) status.setAttribute("aria-current", "true");
      else status.removeAttribute("aria-current");
    });
    const shown = this.responses[this.selected];
    if (shown) this.showResponse(shown);
  }

  private showResponse(response: PanelResponse): void {
    const size = new TextEncoder().encode(response.body).length;
    const bad = response.status >= 500 || response.status === 0;
    const type = response.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
    const head = h(
      "p",
      { class: "row small response-head" },
      h("strong", { class: `figure ${bad ? "sign-fail" : ""}`, "data-response-status": true }, response.status || "No answer"),
      h("span", {}, response.reason),
      h("span", { class: "push faint tiny figure" }, `${Math.round(response.milliseconds)} ms, ${size} bytes${response.body_cut ? " kept, cut" : ""}`),
    );
    const headers = response.headers.map(([name, value]) => `${name}: ${value}`).join("\n");
    this.answer.replaceChildren(head);
    if (response.error) this.answer.append(h("div", { class: "outcome" }, ...errorParts(response.error, this.places)));
    this.answer.append(
      h(
        "pre",
        { class: "response", "aria-label": "Response headers and body" },
        h("span", { class: "faint" }, headers),
        `\n\n${pretty(response.body, type)}`,
        response.body_cut ? h("span", { class: "faint" }, "\n… cut here") : null,
      ),
    );
    this.showPreview(response, type);
  }

  private showPreview(response: PanelResponse, type: string): void {
    if (!/html/.test(type) || !response.body) {
      this.preview.replaceChildren(h("p", { class: "quiet-note muted small" }, "Only HTML pages have a preview."));
      return;
    }
    this.preview.replaceChildren(
      h("p", { class: "quiet-note muted tiny" }, "Without scripts, images and style sheet files: the page as plain HTML."),
      preview(response.body),
    );
  }
}

function absolute(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

function headerLines(text: string): [string, string][] {
  const headers: [string, string][] = [];
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  return headers;
}

function pretty(body: string, type: string): string {
  if (!/json/.test(type)) return body;
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
