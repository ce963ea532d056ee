/* What stands around the item: notices, dialogs, the last answers, what was not accepted, signing in again. */

import * as http from "./http.js";
import { register, showKeys } from "./keys.js";

const root = document.getElementById("rate");
const find = (selector) => root.querySelector(selector);

/* On a phone there are no keys. */
export const phone = matchMedia("(max-width: 48rem)");

export const recall = (name, fallback) => localStorage.getItem(`labelhub-${name}`) ?? fallback;
export const remember = (name, value) => localStorage.setItem(`labelhub-${name}`, String(value));

/* In a field of one or two sentences Enter sends; Shift or Ctrl with Enter begins a new line. */
export function sendOnEnter(field, send) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      field.setRangeText("\n", field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (!event.repeat) send();
  });
}

/* Ask with a dialog whose submit buttons carry the reasons; null when it was left. */
export function ask(id) {
  const dialog = document.getElementById(id);
  dialog.returnValue = "";
  dialog.querySelector("textarea")?.form.reset();
  dialog.showModal();
  return new Promise((resolve) => {
    const settle = () => {
      const note = dialog.querySelector("textarea")?.value ?? "";
      resolve(dialog.returnValue ? { reason: dialog.returnValue, note } : null);
    };
    dialog.addEventListener("close", settle, { once: true });
  });
}

/* The label of a reason that a dialog offers; a stored reason may carry a note behind it. */
export function reasonLabel(id, reason = "") {
  const [key, ...note] = reason.split(": ");
  const label = document.querySelector(`#${id} button[value="${CSS.escape(key)}"] .answer-label`)?.textContent ?? key;
  return [label, ...note].join(": ");
}

/* One notice at a time. A hint goes with the item it speaks of; what `stays` waits to be closed or replaced. */
export function notify(text, { stays = false, kind = "warn", closed = false } = {}) {
  const notice = find("#rate-notice");
  if (!text && !closed && notice.dataset.stays === "true") return;
  Object.assign(notice.dataset, { stays: String(stays && text !== ""), kind });
  notice.hidden = !text;
  notice.querySelector("p").textContent = text;
}

export function announce(text) {
  document.getElementById("rate-live").textContent = text;
}

export function setMessage(text) {
  find("#rate-message").hidden = !text;
  find("#rate-message p").textContent = text;
}

/* A region that buttons show and hide; with a name its state is remembered on this device. Returns the toggle. */
function collapsible(action, region, { name = "", open = true } = {}) {
  const buttons = root.querySelectorAll(`[data-rate=${action}]`);
  const set = (isOpen) => {
    region.hidden = !isOpen;
    for (const button of buttons) button.setAttribute("aria-expanded", String(isOpen));
  };
  const toggle = (isOpen = region.hidden) => {
    set(isOpen);
    if (name) remember(name, isOpen);
  };
  set(name ? recall(name, String(open)) === "true" : open);
  for (const button of buttons) button.addEventListener("click", () => toggle());
  return toggle;
}

/* Where the definition stands under the question, the key leads to it first, and back to the question. */
function definitionKey(toggle) {
  const panel = find(".rate-definition");
  const isSeen = panel.getBoundingClientRect().top < innerHeight / 2;
  toggle(!isSeen || find("#rate-definition").hidden);
  if (!find("#rate-definition").hidden) panel.scrollIntoView({ block: "start" });
  else find(".rate-side").scrollTo({ top: 0 });
}

/* The banner over the question, until it is put away. */
function changedBanner() {
  const banner = find("#rate-changed");
  if (!banner) return;
  const name = `changed-${root.dataset.rater}-${banner.dataset.version}`;
  banner.hidden = recall(name, "") === "seen";
  banner.querySelector("button").addEventListener("click", () => {
    remember(name, "seen");
    banner.hidden = true;
  });
}

/* The state line. The states that the rater must know of are also said. */
const STATES = { offline: "Offline", trouble: "Server trouble", "signed-out": "Signed out", "other-person": "Signed out" };

export function showState({ condition, waiting: { length: n } }) {
  const state = condition !== "ok" ? condition : n > 0 ? "saving" : "saved";
  const trouble = STATES[state] && (n > 0 ? `${STATES[state]}: ${n} waiting` : STATES[state]);
  const line = find("#rate-state");
  const said = trouble ?? { saved: "Saved", saving: "Saving" }[state];
  if (line.textContent !== said && (trouble || line.dataset.state in STATES)) announce(said);
  line.dataset.state = state;
  line.textContent = said;
  find("[data-rate=sign-in]").hidden = !["signed-out", "other-person"].includes(condition);
}

/* How many are asked of this rater is known where they are; else how many are left for them, unless too many. What waits
   is counted as done. */
let progress = null;

export function noteProgress({ mine, left = null, mine_total: asked = progress?.asked ?? null }) {
  progress = { mine, asked, end: asked ?? (left === null ? (progress?.end ?? null) : mine + left) };
}

export function showProgress({ waiting }, submitUrl) {
  if (!progress) return;
  const { asked } = progress;
  const mine = progress.mine + waiting.filter(({ url, fields }) => url === submitUrl && !fields.revises).length;
  const onScreen = document.getElementById("rate").dataset.state === "item";
  const end = progress.end && Math.max(progress.end, mine + onScreen); /* never full beside an item to rate */
  const rest = end > mine ? `, ${end - mine} left for you` : "";
  find("#rate-mine").textContent = asked === null ? `${mine} rated${rest}` : `${mine} of ${Math.max(asked, mine)} rated`;
  Object.assign(find("#rate-bar"), { max: end || 1, value: end ? Math.min(mine, end) : 0, hidden: !end });
}

export function sayNotKept(error) {
  console.error(error);
  Object.assign(find("#rate-state"), { textContent: "Not saved" }).dataset.state = "offline";
  const why = "This browser refuses to store answers, so none can be given safely. Free space or leave private browsing.";
  notify(why, { stays: true, kind: "bad" });
  return false;
}

/* What stands in the place of an item while none is here. */
export function waitingPanel({ condition, waiting: { length: n } }, refused = "") {
  const [are, themselves] = n === 1 ? ["One answer is", "itself"] : [`${n} answers are`, "themselves"];
  const kept = n === 0 ? "" : `${are} kept on this device and sent by ${themselves}. `;
  const [title, said] = {
    ok: refused ? ["Nothing to rate here", refused] : ["One moment", "The next item is on its way."],
    trouble: ["The server has trouble with an answer", `${kept}It is tried again and again.`],
    offline: ["No connection to the server", `${kept}The next items come with the connection.`],
    "signed-out": ["You are signed out", `${kept}Sign in to go on.`],
    "other-person": ["Somebody else is signed in here", `${kept}Sign in as yourself to go on.`],
  }[condition];
  const panel = document.getElementById("rate-waiting").content.cloneNode(true);
  panel.querySelector("h2").textContent = title;
  panel.querySelector("p").textContent = said;
  return panel;
}

const text = (tag, className, content) => {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = content;
  return element;
};

/* A line of the last answers. */
export function recentRow({ poster, title }, said, mark, isShown) {
  const row = document.createElement("li");
  const button = Object.assign(text("button", "recent", ""), { type: "button", ariaCurrent: isShown ? "true" : null });
  const frame = text("span", "recent-frame", "");
  if (poster) frame.append(Object.assign(new Image(), { alt: "" }));
  frame.dataset.poster = poster ?? "";
  const words = text("span", "recent-words", "");
  words.append(text("span", "recent-title", title || "Untitled"), text("span", "recent-said", said));
  button.append(frame, words);
  if (mark) button.append(text("span", `pill ${mark === "waiting" ? "pill-warn" : ""}`, mark));
  row.append(button);
  return row;
}

/* What the server would not take: shown, never dropped in silence. */
export function showRefused(outbox) {
  const button = find("[data-rate=refused]");
  button.hidden = outbox.refused.length === 0;
  button.querySelector("span").textContent = `${outbox.refused.length} not accepted`;
  const list = document.querySelector("#rate-refused ul");
  list.replaceChildren(...outbox.refused.map((entry) => refusedRow(entry, outbox)));
  if (outbox.refused.length === 0) document.getElementById("rate-refused").close();
}

function refusedRow(entry, outbox) {
  const row = document.createElement("li");
  const { title, said } = entry.about ?? {};
  const when = new Date(entry.refusedAt).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  const forget = text("button", "btn btn-quiet btn-small", "Remove");
  forget.type = "button";
  forget.setAttribute("aria-label", `Remove ${title}`);
  forget.addEventListener("click", () => outbox.forgetRefused(entry.key));
  const words = document.createElement("div");
  words.append(text("strong", "", title || "An item"), text("span", "", said ?? ""));
  if (entry.fields.rationale) words.append(text("p", "refused-why", entry.fields.rationale));
  words.append(text("p", "muted", `${entry.message} ${when}`));
  row.append(words, forget);
  return row;
}

/* Sign in again over the screen; `done` once the session is back. */
function signInForm(done) {
  const dialog = document.getElementById("rate-sign-in");
  const form = dialog.querySelector("form");
  form.querySelector("[data-later]").addEventListener("click", () => dialog.close());
  const say = (words) => (dialog.querySelector("[data-error]").textContent = words);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const go = form.querySelector("[value=sign-in]");
    if (go.disabled) return;
    go.disabled = true;
    say("");
    if (dialog.dataset.other === "true") await http.post(dialog.dataset.logoutUrl, {}).catch(() => {});
    const { errors, further } = await http.signIn(dialog.dataset.loginUrl, form.elements.login.value, form.elements.password.value);
    go.disabled = false;
    const step = dialog.querySelector("[data-further]");
    step.hidden = !further;
    if (further) return void (step.querySelector("a").href = further);
    if (errors) return void (say(errors.join(" ")), form.elements.password.select());
    form.elements.password.value = "";
    dialog.close();
    done();
  });
}

export function signIn({ condition, waiting }) {
  const dialog = document.getElementById("rate-sign-in");
  const other = condition === "other-person";
  dialog.dataset.other = String(other);
  dialog.querySelector("[data-why]").textContent = why(other, waiting.length);
  if (document.querySelector("dialog[open]") !== null) return;
  dialog.showModal();
  dialog.querySelector("[name=password]").focus();
}

/* The session has ended: ask once, at once where something waits for it. */
let asked = "ok";

export function mindSession(outbox, isUrgent) {
  const { condition } = outbox;
  if (condition === "ok") document.getElementById("rate-sign-in").close(); /* signed in elsewhere */
  if (condition === asked || (condition in STATES && !isUrgent)) return;
  asked = condition;
  if (["signed-out", "other-person"].includes(condition)) signIn(outbox);
}

function why(other, waiting) {
  const kept = { 0: "Nothing is lost.", 1: "Your answer is kept on this device." }[waiting] ?? `Your ${waiting} answers are kept on this device.`;
  const then = waiting === 0 ? "" : " Sent as soon as you are signed in.";
  const cause = other ? "Somebody else is signed in here now. Signing in as yourself signs them out." : "Your session has ended.";
  return `${cause} ${kept}${then}`;
}

/* In a qualification, where the answers stood: what was right, in the server's words. `state`: awaited, shown or null. */
export function showFeedback(state, { right, html } = {}) {
  const panel = find("#rate-feedback");
  panel.hidden = state !== "shown";
  if (state === null) return delete root.dataset.feedback;
  delete root.dataset.ready;
  root.dataset.feedback = state;
  if (panel.hidden) return;
  panel.dataset.right = String(right);
  panel.querySelector("div").innerHTML = html;
  announce(panel.querySelector("div").textContent);
  panel.querySelector("[data-rate=go-on]").focus();
}

/* On a phone the last answers are a sheet over the page that a button opens, and the page keeps room for the answers
   that are fixed to its bottom. */
export function setUp({ signedIn }) {
  const remembered = (name) => (phone.matches ? { open: false } : { name });
  const definition = collapsible("definition", find("#rate-definition"), remembered("definition"));
  const recent = collapsible("recent", find("#rate-recent"), remembered("recent"));
  register("d", "Show or hide the definition", () => definitionKey(definition), { group: "Screen" });
  register("r", "Show or hide your last answers", () => recent(), { group: "Screen" });
  for (const [action, key] of [["definition", "d"], ["recent", "r"]]) {
    for (const button of root.querySelectorAll(`.rate-ask > .rate-foot [data-rate=${action}], .rate-definition [data-rate=${action}]`)) showKeys(button, key);
  }
  const flag = document.querySelector("#rate-flag button[value=flag]");
  sendOnEnter(document.getElementById("rate-flag-note"), () => flag.form.requestSubmit(flag));
  const keepRoom = ([{ borderBoxSize: [box] }]) => root.style.setProperty("--rate-thumb", `${box.blockSize}px`);
  new ResizeObserver(keepRoom).observe(find(".rate-thumb"));
  phone.addEventListener("change", () => phone.matches && recent(false));
  changedBanner();
  signInForm(signedIn);
  return { closeRecent: () => phone.matches && recent(false) };
}
