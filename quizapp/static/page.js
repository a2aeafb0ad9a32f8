// What every page may use. Each of these is an addition: the page works without.
(() => {
  // Toasts go after 6 s, unless the pointer or the focus rests on them.
  for (const toast of document.querySelectorAll(".toast")) {
    const close = toast.querySelector("[data-close]");
    if (close) {
      close.hidden = false;
      close.addEventListener("click", () => {
        // Whoever closes it by keyboard goes on from the page, not from nowhere.
        const hadFocus = toast.contains(document.activeElement);
        toast.remove();
        if (hadFocus) document.querySelector("#main")?.focus({ preventScroll: true });
      });
    }
    let timer = setTimeout(() => toast.remove(), 6000);
    const keep = () => clearTimeout(timer);
    const release = () => {
      clearTimeout(timer);
      timer = setTimeout(() => toast.remove(), 6000);
    };
    for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, keep);
    for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, release);
  }

  // Times are written in UTC by the server; here they become the reader's own.
  const parts = {
    date: { day: "numeric", month: "long", year: "numeric" },
    clock: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    exact: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
    day: { day: "numeric", month: "short" },
    dayOfYear: { day: "numeric", month: "short", year: "numeric" },
  };
  const styles = { date: ["date"], time: ["exact"], short: ["day", "clock"], both: ["date", "clock"] };
  const localise = (root) => {
    for (const time of root.querySelectorAll("time[datetime][data-style]")) {
      const moment = new Date(time.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      const isOld = moment.getFullYear() !== new Date().getFullYear();
      const words = (styles[time.dataset.style] ?? styles.both).map((name) =>
        new Intl.DateTimeFormat("en-GB", parts[name === "day" && isOld ? "dayOfYear" : name]).format(moment),
      );
      time.title = `${time.dateTime.slice(0, 19).replace("T", " ")} UTC`;
      time.textContent = words.join(", ");
    }
  };
  localise(document);
  addEventListener("replaced", (event) => localise(event.target));

  // On a narrow screen sections and tabs scroll; the current one is to be seen. The page itself stays where it is.
  for (const current of document.querySelectorAll(".sections [aria-current], .tabs a[aria-current]")) {
    const bar = current.parentElement;
    bar.scrollLeft += current.getBoundingClientRect().left - bar.getBoundingClientRect().left - (bar.clientWidth - current.offsetWidth) / 2;
  }

  // Single keys can be switched off in the list of keys of a question's page.
  const areKeysOff = () => {
    try {
      return localStorage.getItem("quizapp.keys") === "off";
    } catch {
      return false;
    }
  };

  // "/" goes to the search, unless somebody is typing.
  addEventListener("keydown", (event) => {
    if (areKeysOff() || event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]")) return;
    const field = document.querySelector("input[type=search]");
    const link = document.querySelector('[data-key="/"]');
    if (!field && !link) return;
    event.preventDefault();
    if (field) field.focus();
    else link.click();
  });

  // What this browser keeps of interviews belongs to who is signed in. Copies of pages go when somebody signs in or out,
  // and what was typed without connection goes with its person: whoever comes next never gets it.
  const forgetPages = async () => {
    if (!("caches" in window)) return;
    for (const name of ["quizapp-pages", "quizapp-parts"]) await caches.delete(name);
  };
  const kept = (pattern) => {
    try {
      return Object.keys(localStorage).filter((name) => pattern.test(name));
    } catch {
      return [];
    }
  };
  if (location.pathname === "/sign-in" || location.pathname === "/register") forgetPages();
  for (const form of document.querySelectorAll('form[action="/sign-out"], form[action="/invitations/leave"]')) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const names = kept(/^quizapp\.unsent /);
      const told = `What was typed without connection (${names.length}) is only in this browser and has not been sent yet. Signing out deletes it. Sign out?`;
      if (names.length && !confirm(told)) return;
      for (const name of kept(/^quizapp\.(unsent |recording\.|copied\.|brought\.)/)) localStorage.removeItem(name);
      await forgetPages();
      form.submit();
    });
  }

  // A button that copies what it names.
  for (const button of document.querySelectorAll("[data-copy]")) {
    const source = document.getElementById(button.dataset.copy);
    if (!source || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText("value" in source ? source.value : source.textContent);
      const word = button.querySelector("span") ?? button;
      word.textContent = "Copied";
    });
  }

  // Selects that filter at once have a button for whoever has no JavaScript.
  for (const select of document.querySelectorAll("select[data-submit]")) {
    select.addEventListener("change", () => select.form?.requestSubmit());
  }

  // A time zone that was not chosen yet is the reader's own.
  for (const field of document.querySelectorAll("input[data-own-zone]")) {
    field.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone;
  }

  // A form that is sent without leaving the page, so that work beside it goes on.
  addEventListener("submit", async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-stay]")) return;
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    const told = form.querySelector("[data-told]");
    button.disabled = true;
    try {
      const sent = { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } };
      const reply = await fetch(form.action, sent);
      const body = await reply.json();
      told.textContent = reply.ok ? body.message : `${body.error.message}. ${body.error.what_to_do}`;
      if (reply.ok) form.reset();
    } catch {
      told.textContent = "This did not arrive. Your text is still here; send it again in a moment.";
    }
    button.disabled = false;
  });

  // The print button, and every folded answer opened while printing.
  let opened = [];
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
  // Back in the history brings along what was typed, where the browser kept it; the link's own page is empty.
  for (const link of document.querySelectorAll("[data-back]")) {
    link.addEventListener("click", (event) => {
      if (history.length < 2) return;
      event.preventDefault();
      history.back();
    });
  }
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.report-item:not([open]), .report-item details.fold:not([open])")];
    for (const item of opened) item.open = true;
  });
  addEventListener("afterprint", () => {
    for (const item of opened) item.open = false;
  });
})();
