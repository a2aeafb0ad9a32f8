// Light and dark: follow the system unless this browser remembers a choice.
// Loaded in <head>, before anything is drawn, so that a page never flashes in the wrong scheme.
(() => {
  const root = document.documentElement;
  let remembered = null;
  try {
    remembered = localStorage.getItem("scheme");
  } catch {
    // Storage is switched off: the system decides.
  }
  if (remembered === "light" || remembered === "dark") root.dataset.scheme = remembered;

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-scheme-switch]")) button.hidden = false;
  });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-scheme-switch]")) return;
    const isDark = root.dataset.scheme
      ? root.dataset.scheme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.scheme = isDark ? "light" : "dark";
    try {
      localStorage.setItem("scheme", root.dataset.scheme);
    } catch {
      // Kept for this page only.
    }
  });
})();
