// The page works without this. It fills in the time zone, and shows matches while one types.
"use strict";

const zone = document.querySelector("select[data-zone]");
if (zone) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...zone.options].some((option) => option.value === here)) zone.value = here;
}

const form = document.querySelector("form[data-matches]");
const shown = document.getElementById("matches");
const heard = document.querySelector(".heard");
const PAUSE = 600; // milliseconds without a key
let timer = 0;
let asking = null;

async function ask() {
  if (asking) asking.abort();
  asking = new AbortController();
  const typed = new FormData(form);
  for (const [name, value] of [...typed]) if (value instanceof File) typed.delete(name);
  try {
    const answer = await fetch(form.dataset.matches, {
      method: "POST", body: typed, signal: asking.signal, credentials: "omit",
    });
    if (!answer.ok) return;
    shown.innerHTML = await answer.text();
    heard.textContent = shown.querySelector(".said").textContent;
  } catch {
    // Asked anew meanwhile, or no network: what was shown stays.
  }
}

if (form && shown) {
  form.addEventListener("input", (event) => {
    if (!event.target.name.startsWith("interest-") || event.target.type === "file") return;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
}
