/* What stands around the item: notices, dialogs, the last answers, what was not accepted, signing in again. */

import { signIn } from "./http.js";
import { register, showKeys } from "./keys.js";

const RECENT_KEPT = 10;
const root = document.getElementById("rate");
const find = (selector) => root.querySelector(selector);

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
const STATES = { offline: "Offline", "signed-out": "Signed out", "other-person": "Signed out" };

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

/* How many are asked of this rater is known where they are; else how many are left for them, unless too many. */
export function showProgress({ mine, mine_total: asked, end }) {
  const total = asked ?? end;
  const rest = asked === null && total > mine ? `, ${total - mine} left for you` : "";
  find("#rate-mine").textContent = asked === null ? `${mine} rated${rest}` : `${mine} of ${asked} rated`;
  Object.assign(find("#rate-bar"), { max: total || 1, value: total ? Math.min(mine, total) : 0, hidden: !total });
}

/* What stands in the place of an item while none is here. */
export function waitingPanel({ condition, waiting: { length: n } }) {
  const [are, themselves] = n === 1 ? ["One answer is", "itself"] : [`${n} answers are`, "themselves"];
  const kept = n === 0 ? "" : `${are} kept on this device and sent by ${themselves}. `;
  const [title, said] = {
    ok: ["One moment", "The next item is on its way."],
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

/* The last answers, newest first; each opens for editing. */
export class Recent {
  entries = [];
  #rows = new Map();

  /* hooks: open(entry), words(entry) -> what was said, isWaiting(submission key) */
  constructor(hooks) {
    this.hooks = hooks;
    this.list = find("#rate-recent ol");
    this.list.addEventListener("click", ({ target }) => {
      const at = [...this.list.children].indexOf(target.closest("li"));
      if (at >= 0 && target.closest("button")) hooks.open(this.entries[at]);
    });
  }

  /* Those of the server, under those that wait here. */
  load(entries) {
    const here = this.entries.filter(({ submission_key: key }) => this.hooks.isWaiting(key));
    const newer = new Set(here.map(({ assignment }) => assignment));
    this.entries = [...here, ...entries.filter(({ assignment }) => !newer.has(assignment))].slice(0, RECENT_KEPT);
    this.render();
  }

  /* A correction takes the place of what it corrects. */
  put(entry) {
    const at = this.entries.findIndex(({ assignment }) => assignment === entry.assignment);
    if (at >= 0 && entry.corrects) this.entries[at] = entry;
    else this.entries = [entry, ...this.entries.filter((_, index) => index !== at)].slice(0, RECENT_KEPT);
    this.render();
  }

  remove(key) {
    this.entries = this.entries.filter(({ submission_key: given }) => given !== key);
    this.render();
  }

  mark({ submission_key: key, counted }) {
    for (const entry of this.entries) if (entry.submission_key === key) entry.counted = counted;
  }

  after(entry) {
    return this.entries[entry ? this.entries.findIndex(({ assignment }) => assignment === entry.assignment) + 1 : 0];
  }

  /* A row is made anew only where it says something else now: pictures do not blink. */
  render(shown = this.shown) {
    this.shown = shown;
    const rows = this.entries.map((entry) => this.#row(entry));
    if (rows.some((row, at) => row !== this.list.children[at]) || rows.length !== this.list.children.length) this.list.replaceChildren(...rows);
    find("#rate-recent [data-none]").hidden = rows.length > 0;
  }

  #row(entry) {
    const said = this.hooks.words(entry);
    const mark = this.hooks.isWaiting(entry.submission_key) ? "waiting" : entry.counted === false ? "not counted" : "";
    const now = this.shown?.assignment === entry.assignment;
    const looks = [entry.title, entry.poster, said, mark, now].join("|");
    const before = this.#rows.get(entry.assignment);
    if (before?.looks === looks) return before.row;
    const row = document.createElement("li");
    const button = Object.assign(text("button", "recent", ""), { type: "button", ariaCurrent: now ? "true" : null });
    const frame = text("span", "recent-frame", "");
    if (entry.poster) frame.append(Object.assign(new Image(), { loading: "lazy", alt: "", src: entry.poster }));
    const words = text("span", "recent-words", "");
    words.append(text("span", "recent-title", entry.title || "Untitled"), text("span", "recent-said", said));
    button.append(frame, words);
    if (mark) button.append(text("span", `pill ${mark === "waiting" ? "pill-warn" : ""}`, mark));
    row.append(button);
    this.#rows.set(entry.assignment, { looks, row });
    return row;
  }
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
function signInDialog(done) {
  const dialog = document.getElementById("rate-sign-in");
  const form = dialog.querySelector("form");
  const say = (words) => (dialog.querySelector("[data-error]").textContent = words);
  form.addEventListener("submit", async (event) => {
    if (event.submitter?.value === "later") return;
    event.preventDefault();
    const go = form.querySelector("[value=sign-in]");
    if (go.disabled) return;
    go.disabled = true;
    say("");
    if (dialog.dataset.other === "true") await signOut(dialog.dataset.logoutUrl);
    const { errors, further } = await signIn(dialog.dataset.loginUrl, form.elements.login.value, form.elements.password.value);
    go.disabled = false;
    const step = dialog.querySelector("[data-further]");
    step.hidden = !further;
    if (further) return void (step.querySelector("a").href = further);
    if (errors) return void (say(errors.join(" ")), form.elements.password.select());
    form.elements.password.value = "";
    dialog.close();
    done();
  });
  return (other, waiting) => {
    dialog.dataset.other = String(other);
    dialog.querySelector("[data-why]").textContent = why(other, waiting);
    if (!dialog.open && document.querySelector("dialog[open]") === null) {
      dialog.showModal();
      form.elements.password.focus();
    }
  };
}

function why(other, waiting) {
  const kept = { 0: "Nothing is lost.", 1: "Your answer is kept on this device." }[waiting] ?? `Your ${waiting} answers are kept on this device.`;
  const then = waiting === 0 ? "" : " Sent as soon as you are signed in.";
  const cause = other ? "Somebody else is signed in here now. Signing in as yourself signs them out." : "Your session has ended.";
  return `${cause} ${kept}${then}`;
}

const signOut = (url) => signIn(url, "", ""); /* a POST that ends the session; what it answers does not matter */

/* Where the answers stood: what was right, in the server's words. */
export function showFeedback({ right, html }) {
  const panel = find("#rate-feedback");
  panel.dataset.right = String(right);
  panel.querySelector("div").innerHTML = html;
  panel.hidden = false;
  announce(panel.querySelector("div").textContent);
  panel.querySelector("button").focus();
}

/* On a phone the last answers are a sheet over the page that a button opens, and the page keeps room for the answers
   that are fixed to its bottom. */
export function setUp({ signedIn }) {
  const narrow = matchMedia("(max-width: 48rem)").matches;
  const remembered = (name) => (narrow ? { open: false } : { name });
  const definition = collapsible("definition", find("#rate-definition"), remembered("definition"));
  const recent = collapsible("recent", find("#rate-recent"), remembered("recent"));
  register("d", "Show or hide the definition", () => definition(), { group: "Screen" });
  register("r", "Show or hide your last answers", () => recent(), { group: "Screen" });
  for (const [action, key] of [["definition", "d"], ["recent", "r"]]) {
    for (const button of root.querySelectorAll(`.rate-ask > .rate-foot [data-rate=${action}], .rate-definition [data-rate=${action}]`)) showKeys(button, key);
  }
  const flag = document.querySelector("#rate-flag button[value=flag]");
  sendOnEnter(document.getElementById("rate-flag-note"), () => flag.form.requestSubmit(flag));
  const keepRoom = ([{ borderBoxSize: [box] }]) => root.style.setProperty("--rate-thumb", `${box.blockSize}px`);
  new ResizeObserver(keepRoom).observe(find(".rate-thumb"));
  changedBanner();
  return { closeRecent: () => narrow && recent(false), signIn: signInDialog(signedIn) };
}
