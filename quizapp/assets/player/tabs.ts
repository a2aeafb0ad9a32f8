/** Tabs by keyboard as the authoring practices describe them: arrows move, one tab is in the tab order. */

/** Makes a tab list live. Gives a function that shows a panel by its tab's name. */
export function tabs(list: HTMLElement, shown?: (name: string) => void): (name: string) => void {
  const all = [...list.querySelectorAll<HTMLButtonElement>('[role="tab"]')];
  const nameOf = (tab: HTMLElement): string => tab.dataset["tab"] ?? tab.dataset["file"] ?? "";
  const select = (tab: HTMLButtonElement): void => {
    for (const other of all) {
      const isHere = other === tab;
      other.setAttribute("aria-selected", String(isHere));
      other.tabIndex = isHere ? 0 : -1;
      // Tabs of one shared panel differ in what they do with it, not in which panel shows.
      const panel = other.getAttribute("aria-controls");
      if (panel && other.dataset["tab"]) document.getElementById(panel)?.toggleAttribute("hidden", !isHere);
    }
    shown?.(nameOf(tab));
  };
  for (const tab of all) tab.addEventListener("click", () => select(tab));
  list.addEventListener("keydown", (event) => {
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    if (at < 0) return;
    const steps: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 };
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const target = all[(to + all.length) % all.length];
    target?.focus();
    if (target) select(target);
  });
  return (name) => {
    const tab = all.find((candidate) => nameOf(candidate) === name);
    if (tab) select(tab);
  };
}
