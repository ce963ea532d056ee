/* Parts of a page that ask for themselves again while somebody looks: [data-live] with hx-trigger="live". */

const EVERY_MS = 30_000;
let last = Date.now();

function refresh() {
  if (document.hidden || Date.now() - last < EVERY_MS) return;
  last = Date.now();
  for (const part of document.querySelectorAll("[data-live]")) window.htmx.trigger(part, "live");
}

setInterval(refresh, 1000);
document.addEventListener("visibilitychange", refresh);
