/** Small tools for building parts of a page: elements, icons, announcements, notices. */

export type Child = Node | string | number | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined>;

/** Makes an element. `true` gives an empty attribute, `false`, `null` and `undefined` none. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  append(element, children);
  return element;
}

/** Makes an SVG element; lengths go into attributes, because the page's policy forbids style attributes. */
export function svg(tag: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(element, attributes);
  append(element, children);
  return element;
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
}

function append(element: Element, children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(typeof child === "number" ? String(child) : child);
  }
}

let sprite = "";

/** Says where the icon set is; the page knows, scripts do not. */
export function useSprite(address: string): void {
  sprite = address;
}

/** Makes an icon. Without a label it is decoration beside its word. */
export function icon(name: string, label = "", extra = ""): SVGElement {
  const told = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return svg("svg", { class: `icon ${extra}`.trim(), ...told }, svg("use", { href: `${sprite}#i-${name}` }));
}

/** Finds a part that the template promised. */
export function part<T extends Element = HTMLElement>(selector: string, within: ParentNode = document): T {
  const found = within.querySelector<T>(selector);
  if (!found) throw new Error(`The page has no ${selector}`);
  return found;
}

let voices: Record<"polite" | "assertive", HTMLElement> | undefined;

/** Says something to screen readers without moving the focus. */
export function announce(text: string, urgency: "polite" | "assertive" = "polite"): void {
  voices ??= { polite: voice("polite"), assertive: voice("assertive") };
  const live = voices[urgency];
  // The same text twice would not be read twice.
  live.textContent = live.textContent === text ? `${text}\u00a0` : text;
}

function voice(urgency: string): HTMLElement {
  const live = h("div", { class: "hidden-text", "aria-live": urgency, "aria-atomic": "true" });
  (document.querySelector("main") ?? document.body).append(live);
  return live;
}

export interface Notice {
  tone?: "pass" | "fail" | "warn";
  icon: string;
  title: string;
  text?: string;
  actions?: HTMLElement[];
}

/** Shows a lasting notice in the page's place for notices, or takes the one of this name away. */
export function setNotice(name: string, notice: Notice | null): void {
  const place = part("[data-notices]");
  place.querySelector(`[data-notice="${name}"]`)?.remove();
  if (!notice) return;
  const tone = notice.tone ? ` callout-${notice.tone}` : "";
  place.append(
    h(
      "div",
      { class: `callout${tone}`, role: notice.tone === "fail" ? "alert" : "status", "data-notice": name },
      icon(notice.icon),
      h("p", { class: "small strong" }, notice.title),
      notice.text ? h("p", { class: "small" }, notice.text) : null,
      notice.actions ? h("div", { class: "row" }, ...notice.actions) : null,
    ),
  );
}

/** Tells something just done, with a way to take it back; gone after six seconds unless it is being used. */
export function toast(text: string, action?: { label: string; run: () => void }): void {
  let place = document.querySelector<HTMLElement>(".toasts");
  if (!place) {
    place = h("div", { class: "toasts" });
    (document.querySelector("main") ?? document.body).append(place);
  }
  const close = h(
    "button",
    { class: "button button-quiet button-small", type: "button" },
    action ? action.label : icon("cross"),
    action ? null : h("span", { class: "hidden-text" }, "Close"),
  );
  const box = h("div", { class: "toast", role: "status" }, icon("check", "", "sign-pass"), h("p", {}, text), close);
  const leave = (): void => {
    if (box.matches(":hover, :focus-within")) window.setTimeout(leave, 1000);
    else box.remove();
  };
  close.addEventListener("click", () => {
    box.remove();
    action?.run();
  });
  place.append(box);
  window.setTimeout(leave, 6000);
}

/** Asks before something is lost. The focus starts on the way back. */
export function confirmed(title: string, text: string, yes: string): Promise<boolean> {
  const dialog = h(
    "dialog",
    { class: "dialog", "aria-label": title },
    h(
      "form",
      { method: "dialog", class: "stack" },
      h("h2", {}, title),
      h("p", { class: "muted" }, text),
      h(
        "div",
        { class: "row" },
        h("button", { class: "button button-primary", value: "yes" }, yes),
        h("button", { class: "button", value: "no", autofocus: true }, "Cancel"),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

/** Writes a moment as the clock shows it: 14:03:07. */
export function clockTime(moment: Date): string {
  return [moment.getHours(), moment.getMinutes(), moment.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}
