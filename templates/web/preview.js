// The preview: sliders that act at once, and news of files that changed. The page works without it.
"use strict";

(() => {
  const SETTLE = 250; // milliseconds without a change, after which the mail itself is made
  const RETRY = 2000;
  const main = document.getElementById("preview");
  const at = main.dataset.at;
  const served = new Map(); // what each part was last given, to leave alone what stays
  let asked = 0; // the newest request; older answers are dropped
  let waiting = Promise.resolve();
  let settling = 0;

  const parts = (root) => root.querySelectorAll("[data-part]");
  for (const part of parts(document)) served.set(part.dataset.part, part.outerHTML);

  const settings = () => document.getElementById("settings");

  /** Give the address of the page as its form stands, without what ``left`` names. */
  function address(left = []) {
    const query = new URLSearchParams(new FormData(settings()));
    for (const name of left) query.delete(name);
    return `${at}?${query}`;
  }

  /** Put the parts of an answer in the place of those that differ; the form only if ``all``. */
  function take(text, all) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const focused = document.activeElement ? document.activeElement.id : "";
    for (const part of parts(fresh)) {
      const name = part.dataset.part;
      const old = document.querySelector(`[data-part="${name}"]`);
      if (!old || (name === "settings" && !all)) continue;
      if (served.get(name) === part.outerHTML) continue;
      served.set(name, part.outerHTML);
      old.replaceWith(document.adoptNode(part));
    }
    main.dataset.version = fresh.getElementById("preview").dataset.version;
    const again = focused ? document.getElementById(focused) : null;
    if (again && again !== document.activeElement) again.focus({ preventScroll: true });
  }

  async function fetched(where, number, all = false) {
    const answer = await fetch(where);
    const text = await answer.text();
    if (number === asked) take(text, all);
  }

  /** Show what the form asks for: what is chosen at once, the mail when the hand rests. */
  function show() {
    const number = ++asked;
    const where = address();
    main.setAttribute("aria-busy", "true");
    history.replaceState(null, "", where);
    clearTimeout(settling);
    const rested = new Promise((done) => { settling = setTimeout(done, SETTLE); });
    waiting = fetched(`${where}&quick=1`, number)
      .then(() => rested)
      .then(() => (number === asked ? fetched(where, number) : undefined))
      .catch(() => undefined)
      .finally(() => { if (number === asked) main.removeAttribute("aria-busy"); });
  }

  document.addEventListener("input", (event) => {
    if (!event.target.form || event.target.form !== settings()) return;
    const output = document.querySelector(`output[for="${event.target.id}"]`);
    if (output) {
      output.value = event.target.step === "0.01" ? Number(event.target.value).toFixed(2) : event.target.value;
    }
    if (event.target.checkValidity()) show();
  });

  // What is written is what is shown: an answer that is still under way is waited for.
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "write" || !main.hasAttribute("aria-busy")) return;
    event.preventDefault();
    const number = asked;
    waiting.then(() => {
      if (number === asked) document.getElementById("write").requestSubmit();
    });
  });

  const rest = (time) => new Promise((done) => { setTimeout(done, time); });
  const seen = () => (document.hidden
    ? new Promise((done) => { document.addEventListener("visibilitychange", done, { once: true }); })
    : Promise.resolve());

  /** Ask for news for ever; a profile that changed brings its own settings with it. */
  async function watch() {
    for (;;) {
      await seen();
      try {
        const since = main.dataset.version;
        const query = new URLSearchParams({ who: main.dataset.who, since });
        const answer = await fetch(`${main.dataset.changes}?${query}`);
        if (answer.status === 200) {
          const { version } = await answer.json();
          const other = version.split(".")[0] !== since.split(".")[0];
          const where = address(other ? ["limit", "t"] : []);
          if (other) history.replaceState(null, "", where);
          await fetched(where, ++asked, other);
        } else if (answer.status !== 204) {
          await rest(RETRY);
        }
        main.classList.remove("away");
      } catch {
        main.classList.add("away");
        await rest(RETRY);
      }
    }
  }

  main.classList.add("live");
  watch();
})();
