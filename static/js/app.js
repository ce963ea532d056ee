/* What every page does: htmx with Django's CSRF token, dialogs, menus, theme, copy buttons, file drops, messages,
   and the keys of keys.js. All listeners are delegated, so swapped-in fragments work without set-up. */

import { csrfToken } from "./http.js";
import { showSheet } from "./keys.js";

const MESSAGE_MS = 6000;

/* <button data-dialog-open="ID">, <button data-dialog-close>; a press on the ground beside a dialog closes it. */
function dialogs(event) {
  const { dialogOpen, dialogClose } = event.target.closest("[data-dialog-open], [data-dialog-close]")?.dataset ?? {};
  if (dialogOpen) document.getElementById(dialogOpen).showModal();
  else if (dialogClose !== undefined || event.target.matches("dialog.dialog")) event.target.closest("dialog").close();
}

/* An open <details class="menu"> closes at a press outside of it and at Escape. */
function closeMenus(except = null) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
}

/* The choice is a cookie and not localStorage: the server writes it into <html>, so no page flashes. */
function setTheme(theme) {
  const age = theme === "auto" ? 0 : 60 * 60 * 24 * 365;
  document.cookie = `theme=${theme}; path=/; max-age=${age}; samesite=lax`;
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  showTheme();
}

function showTheme() {
  const current = document.documentElement.dataset.theme ?? "auto";
  for (const button of document.querySelectorAll("[data-theme-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === current));
  }
}

/* <button data-copy="text">Copy</button> */
async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = before), 1500);
}

/* <button data-fill="ID of a field" data-value="…">: puts the value in, as if it had been typed. */
function fill({ dataset }) {
  const field = document.getElementById(dataset.fill);
  field.value = dataset.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

export function showMessage(text, level = "error") {
  const message = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  message.classList.add(`toast-${level}`);
  message.querySelector("p").textContent = text;
  document.getElementById("toasts").append(message);
}

/* Errors stay until they are closed; the rest goes after a while unless it is being read. */
function dismissLater(message) {
  const isRead = () => message.matches(":hover, :focus-within");
  setTimeout(() => (isRead() ? dismissLater(message) : message.remove()), MESSAGE_MS);
}

function fileDrops() {
  const over = (event, on) => event.target.closest?.(".drop")?.toggleAttribute("data-over", on);
  document.addEventListener("dragover", (event) => {
    if (!event.target.closest(".drop")) return;
    event.preventDefault();
    over(event, true);
  });
  document.addEventListener("dragleave", (event) => over(event, false));
  document.addEventListener("drop", (event) => {
    const drop = event.target.closest(".drop");
    if (!drop) return;
    event.preventDefault();
    over(event, false);
    const input = drop.querySelector("input[type=file]");
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("change", ({ target }) => {
    const name = target.closest(".drop")?.querySelector(".drop-name");
    if (name) name.textContent = [...target.files].map((file) => file.name).join(", ");
  });
}

document.addEventListener("click", (event) => {
  const { target } = event;
  dialogs(event);
  closeMenus(target.closest("details.menu"));
  const theme = target.closest("[data-theme-set]");
  if (theme) setTheme(theme.dataset.themeSet);
  const copied = target.closest("[data-copy]");
  if (copied) copy(copied);
  const filled = target.closest("[data-fill]");
  if (filled) fill(filled);
  if (target.closest("[data-show-keys]")) showSheet();
  target.closest("[data-dismiss]")?.closest(".toast").remove();
});
document.addEventListener("keydown", (event) => event.key === "Escape" && closeMenus());

document.addEventListener("htmx:configRequest", ({ detail }) => (detail.headers["X-CSRFToken"] = csrfToken()));
document.addEventListener("htmx:sendError", () => {
  showMessage("The server could not be reached. Nothing was changed; try again.");
});
document.addEventListener("htmx:responseError", ({ detail }) => {
  showMessage(`The server answered ${detail.xhr.status}. Nothing was changed; reload the page and try again.`);
});

/* A table wider than its frame scrolls by the arrow keys too. */
function scrollers() {
  for (const frame of document.querySelectorAll(".table-frame")) {
    if (frame.scrollWidth > frame.clientWidth) Object.assign(frame, { tabIndex: 0, role: "group", ariaLabel: "Table, scrolls sideways" });
    else if (frame.tabIndex === 0) for (const name of ["tabindex", "role", "aria-label"]) frame.removeAttribute(name);
  }
}

addEventListener("resize", scrollers);
document.addEventListener("htmx:afterSettle", scrollers);
scrollers();
fileDrops();
for (const current of document.querySelectorAll(":is(.mainnav, .tabs, .segmented) [aria-current]")) {
  current.scrollIntoView({ inline: "center", block: "nearest" });
}
showTheme();
document.querySelectorAll(".toast:not(.toast-error)").forEach(dismissLater);

/* A page of counts that the browser kept as it was when it was left is asked anew. */
addEventListener("pageshow", ({ persisted }) => persisted && document.querySelector("[data-fresh]") && location.reload());
