/* The rating screen: what is shown, what a press does, what happens when the connection, the session or the day is over.
   line.js holds the items and says what the server answers; outbox.js keeps and sends what the rater gave; form.js,
   player.js and panels.js are the parts of the screen.

   An answer is kept on this device first; then the next item is shown at once, and the answer is sent behind it. A press
   counts only for an item that was on screen, painted, when the press began: #rate has data-ready while one does. */

import { Form } from "./form.js";
import { Refused, SignedOut, Unreachable } from "./http.js";
import { register, showKeys, showSheet } from "./keys.js";
import { Line } from "./line.js";
import { Outbox } from "./outbox.js";
import * as panels from "./panels.js";
import * as player from "./player.js";

const { announce, ask, notify, recall, remember } = panels;
const GUARD_MS = 250; /* the second half of a double click or a double press, not an answer to the next item */

const root = document.getElementById("rate");
const find = (selector) => root.querySelector(selector);
const { dataset } = root;
const stage = find("#rate-item");
const auto = find("#rate-auto");
const save = find("[data-rate=save]");
const teaches = dataset.teaches === "true";

const outbox = new Outbox(dataset.rater, { prepare, reply, refusal, change: showState, wake });
const line = new Line(root, outbox, document.getElementById("rate-ahead"));
const form = new Form(root, { pick, confirm, changed: showSave, draft: sendDraft });
const recent = new panels.Recent({ open: (entry) => revisit(entry), words, isWaiting: (key) => outbox.waiting.some((entry) => entry.key === key) });

let shown = null; /* the item on screen */
let given = null; /* the answer it had, where an earlier one is looked at again */
let awaited = null; /* the submission key whose feedback is waited for */
let busy = false; /* something must end before the next press counts */
let readyAt = Infinity; /* when the item on screen could first be answered */
let pressedAt = null; /* when the press began that is going on */
let answeredAt = null; /* when the press began that answered: from then to the next item is measured */
let watch = { since: 0, total: 0 };
let progress = null;

/* -- What is seen -- */

const STATES = { offline: "Offline", "signed-out": "Signed out", "other-person": "Signed out" };

function showState() {
  const { condition } = outbox;
  const n = outbox.waiting.length;
  const state = condition === "ok" ? (n > 0 ? "saving" : "saved") : condition;
  const text = { saved: "Saved", saving: "Saving" }[state] ?? (n > 0 ? `${STATES[state]}: ${n} waiting` : STATES[state]);
  const out = find("#rate-state");
  if (out.textContent !== text && (condition !== "ok" || ["offline", "signed-out"].includes(out.dataset.state))) announce(text);
  out.dataset.state = state;
  out.textContent = text;
  find("[data-rate=sign-in]").hidden = !STATES[condition] || condition === "offline";
  panels.showRefused(outbox);
  recent.render();
  showProgress();
  if (dataset.state === "waiting") showWaiting();
}

/* Where an answer does not go on by itself the button keeps its place, so that nothing moves under a thumb. */
function showSave() {
  const { rationale, confidence } = dataset;
  save.disabled = form.chosen === null || shown === null;
  save.hidden = save.disabled && auto.checked && given === null && ![rationale, confidence].includes("required");
}

/* How many are asked of this rater is known where they are; else how many are left for them, unless too many. */
function showProgress(said = null) {
  if (said) progress = { mine_total: null, ...progress, ...said, end: "left" in said && said.left !== null ? said.mine + said.left : progress?.end };
  if (!progress) return;
  const mine = progress.mine + outbox.waiting.filter(({ url, fields }) => url === dataset.submitUrl && !fields.revises).length;
  const total = progress.mine_total ?? progress.end;
  const rest = progress.mine_total === null && total > mine ? `, ${total - mine} left for you` : "";
  find("#rate-mine").textContent = progress.mine_total === null ? `${mine} rated${rest}` : `${mine} of ${total} rated`;
  Object.assign(find("#rate-bar"), { max: total || 1, value: total ? Math.min(mine, total) : 0, hidden: !total });
}

function show(item, { entry = null } = {}) {
  [shown, given] = [item, entry];
  dataset.state = "item";
  delete dataset.ready;
  root.ariaBusy = "false";
  stage.replaceChildren(item.holder);
  const drafted = form.show(item, entry);
  player.attach(stage, { moments: form.evidence, evidence: (moments) => form.setEvidence(moments) });
  watch = { since: performance.now(), total: item.elapsed };
  find("#rate-again").hidden = entry === null;
  find("#rate-again span").textContent = entry === null ? "" : `You look at it again. ${words(entry)}.`;
  recent.render(entry);
  notify("");
  announce(`${item.title || "New item"}${entry ? `. ${words(entry)}` : ""}${drafted && !entry ? ". Your draft is back" : ""}`);
  afterPaint(item);
  line.warm();
}

/* A press counts from a moment after the item could be seen. */
function afterPaint(item) {
  readyAt = Infinity;
  requestAnimationFrame(() =>
    setTimeout(() => {
      if (shown !== item) return;
      const now = performance.now();
      readyAt = now + GUARD_MS;
      if (answeredAt !== null) performance.measure("next-item", { start: answeredAt, end: now });
      answeredAt = null;
      setTimeout(() => shown === item && performance.now() >= readyAt && (dataset.ready = "true"), GUARD_MS + 5);
    }),
  );
}

/* No item is here: the end, or a wait for the server. */
function showNothing() {
  [shown, given] = [null, null];
  player.detach();
  form.clear();
  delete dataset.ready;
  recent.render(null);
  find("#rate-again").hidden = true;
  if (line.end && outbox.waiting.length === 0) {
    dataset.state = line.end.state;
    root.ariaBusy = "false";
    stage.innerHTML = line.end.html;
    announce(stage.querySelector("h2")?.textContent ?? "");
  } else {
    dataset.state = "waiting";
    root.ariaBusy = "true";
    showWaiting();
  }
}

function showWaiting() {
  const n = outbox.waiting.length;
  const kept = n === 0 ? "" : `${n === 1 ? "One answer is" : `${n} answers are`} kept on this device and sent by ${n === 1 ? "itself" : "themselves"}. `;
  const [title, text] = {
    ok: ["One moment", "The next item is on its way."],
    offline: ["No connection to the server", `${kept}The next items come with the connection.`],
    "signed-out": ["You are signed out", `${kept}Sign in to go on.`],
    "other-person": ["Somebody else is signed in here", `${kept}Sign in as yourself to go on.`],
  }[outbox.condition];
  const blank = document.getElementById("rate-waiting").content.cloneNode(true);
  blank.querySelector("h2").textContent = title;
  blank.querySelector("p").textContent = text;
  if (stage.querySelector("h2")?.textContent !== title || stage.querySelector("p")?.textContent !== text) stage.replaceChildren(blank);
}

function words(entry) {
  if (entry.kind === "skipped") return entry.reason ? `Skipped: ${panels.reasonLabel("rate-skip", entry.reason)}` : "Skipped";
  if (entry.answer === "cannot_tell") return `Can't tell: ${panels.reasonLabel("rate-cannot-tell", entry.reason)}`;
  return form.label(entry.level) || entry.level;
}

/* -- Going on -- */

function advance() {
  const next = line.take();
  if (next) return show(next);
  showNothing();
  if (outbox.waiting.length === 0 && !line.end) refill();
}

/* What the server said of the line; where nothing is on screen the next item comes. */
function take(envelope) {
  const mine = line.update(envelope);
  if (envelope.progress) showProgress(envelope.progress);
  if (envelope.recent) recent.load(envelope.recent);
  if ("message" in envelope) panels.setMessage(envelope.message);
  if (awaited) return;
  if (shown && !mine) lost("This item is no longer reserved for you. What you wrote is kept on this device and comes back with the item.");
  else if (!shown) line.ahead.length > 0 ? advance() : showNothing();
}

/* The item on screen is not ours any more: say so and go on. */
function lost(why) {
  line.drop();
  advance();
  notify(why, { stays: true });
}

/* Ask for what is held. Failures show in the state line and are tried again; only a final no is told here. */
async function refill(have) {
  try {
    take(await line.claim(have));
    return true;
  } catch (error) {
    if (error instanceof Refused) refusedHere(error);
    else if (error instanceof SignedOut) openSignIn();
    else if (!(error instanceof Unreachable)) throw error;
    if (!shown) showNothing();
    return false;
  }
}

function refusedHere(error) {
  notify(error.message, { stays: true, kind: "bad" });
  if (error.reply.held) take(error.reply);
}

/* The connection may be back: the outbox has been sent as far as it goes. */
async function wake() {
  player.reload();
  if (outbox.condition !== "ok" || !shown || line.isStale) await refill(shown || line.ahead.length > 0 ? undefined : "");
}

/* Back after hours, out of the back-forward cache or out of sleep: what is held is asked before an answer counts. */
async function comeBack({ check = line.isStale } = {}) {
  if (!check) return outbox.condition === "ok" ? undefined : outbox.retry({ eager: true });
  busy = true;
  await outbox.load();
  await refill();
  busy = false;
  outbox.send();
}

/* -- What the server says of what was sent -- */

function prepare(entry) {
  return [dataset.submitUrl, dataset.skipUrl].includes(entry.url) ? { have: line.have } : {};
}

function reply(entry, said) {
  if (entry.kind === "flag") return notify(said.message, { kind: "good" });
  if (![dataset.submitUrl, dataset.skipUrl].includes(entry.url)) return;
  if (said.saved?.counted === false) recent.entries.filter((one) => one.submission_key === entry.key).forEach((one) => (one.counted = false));
  if (awaited === entry.key) showFeedback(said.feedback);
  take(said);
  if (said.notice) notify(said.notice, { stays: true });
}

function refusal(entry, error) {
  const { title, said } = entry.about ?? {};
  recent.remove(entry.key);
  if (awaited === entry.key) endFeedback();
  if (error.reply.held && entry.url.startsWith(dataset.submitUrl)) take(error.reply);
  else if (!shown) refill();
  notify(`Not accepted: ${said} for ${title || "an item"}. ${error.message}`, { stays: true, kind: "bad" });
}

/* -- Qualification: what was right, and why, before the next item -- */

function showFeedback(feedback) {
  if (!feedback) return endFeedback();
  const panel = find("#rate-feedback");
  panel.dataset.right = String(feedback.right);
  panel.querySelector("div").innerHTML = feedback.html;
  panel.hidden = false;
  dataset.feedback = "shown";
  announce(panel.querySelector("div").textContent);
  panel.querySelector("button").focus();
}

function endFeedback() {
  awaited = null;
  delete dataset.feedback;
  find("#rate-feedback").hidden = true;
  line.drop();
  advance();
}

/* -- Answering -- */

/* Whether a press may answer: it began when the item had been seen. One that came too soon is said, not lost in silence. */
function mayAnswer(event) {
  if (busy || !shown || awaited) return false;
  if ((pressedAt ?? event?.timeStamp ?? performance.now()) >= readyAt) return true;
  announce("Too soon: this item had only just come. Press again.");
  return false;
}

function pick(level, event) {
  if (!mayAnswer(event)) return;
  form.choose(level);
  const { missing } = form;
  if (missing) askFor(missing);
  else if (auto.checked) submit({ answer: "level", level });
}

/* The focus goes into the field, where digits and letters are text: that is said, not left to be found out. */
function askFor(missing) {
  const label = form.label(form.chosen);
  if (missing === "confidence") {
    notify(`${label} is chosen, not saved yet: say how sure you are, then press Enter or Save.`);
    return announce(`${label} is chosen. How sure are you?`);
  }
  notify(`${label} is chosen, not saved yet: say why, then press Enter or Save. Esc leads back to the answers.`);
  form.rationale.focus();
}

/* Enter, in the rationale or outside of it. */
function confirm() {
  if (form.chosen === null) {
    form.rationale?.blur();
    return form.rationale?.value && notify("Now choose an answer: what you wrote goes with it.");
  }
  if (form.missing) return askFor(form.missing);
  form.rationale?.blur();
  if (mayAnswer()) submit({ answer: "level", level: form.chosen });
}

const unchanged = ({ level }) =>
  given?.kind === "answered" && given.level === level && level !== null && given.rationale === form.words &&
  String(given.confidence ?? "") === form.confidence && String(given.evidence_ms) === String(form.evidence);

async function submit({ answer, level = null, reason = "" }) {
  if (unchanged({ level })) return backToPlace(`${form.label(level)} stands as it was.`);
  const item = shown;
  if (line.isStale && outbox.condition !== "offline") await comeBack({ check: true });
  if (shown !== item || busy) return;
  answeredAt = pressedAt ?? performance.now();
  const key = crypto.randomUUID();
  const { rationale, confidence, evidence_ms } = form.values;
  const corrects = given?.kind === "answered";
  const said = {
    assignment: item.assignment, title: item.title, poster: item.poster, kind: "answered", answer, level, reason,
    rationale: rationale.trim(), confidence, evidence_ms, submission_key: key, item, corrects,
  };
  const fields = {
    assignment: item.assignment, token: item.token ?? "", answer, level: level ?? "", reason, confidence, rationale,
    evidence_ms: evidence_ms.join(","), duration_ms: readWatch(), submission_key: key,
    revises: corrects ? given.submission_key : "",
  };
  if (!(await keep({ key, kind: "submit", url: dataset.submitUrl, fields, about: { title: item.title, said: words(said) } }))) return;
  form.answered(item);
  form.mark(level);
  recent.put(said);
  if (teaches) awaitFeedback(key);
  else goOn(`${words(said)}.`);
}

async function keep(entry) {
  busy = true;
  try {
    await outbox.add(entry);
    return true;
  } catch (error) {
    const state = find("#rate-state");
    Object.assign(state, { textContent: "Not saved" }).dataset.state = "offline";
    notify("This browser refuses to store answers, so none can be given safely. Free space or leave private browsing.", { stays: true, kind: "bad" });
    console.error(error);
    return false;
  } finally {
    busy = false;
  }
}

function awaitFeedback(key) {
  awaited = key;
  delete dataset.ready;
  dataset.feedback = "awaited";
}

/* After an answer to an earlier item the one that was left comes back. */
function goOn(said) {
  line.drop();
  advance();
  if (shown) announce(`${said} Next: ${shown.title || "new item"}`);
}

function readWatch() {
  return Math.round(watch.total + (document.hidden ? 0 : performance.now() - watch.since));
}

/* -- Looking at an earlier answer again -- */

async function revisit(entry) {
  if (!entry) return notify(recent.entries.length > 0 ? "That was the earliest that can be opened here." : "There is no earlier answer yet.");
  if (busy || awaited || teaches) return;
  busy = true;
  try {
    const { item, claimed } = await fetchAgain(entry);
    if (shown && !shown.revisited) shown.elapsed = readWatch();
    line.putBack();
    item.revisited = !claimed;
    item.elapsed = 0;
    line.forget(item.assignment);
    line.show(item);
    closeRecent();
    show(item, { entry });
  } catch (error) {
    if (error instanceof Refused) notify(error.message);
    else if (error instanceof SignedOut) openSignIn();
    else if (error instanceof Unreachable) notify("No connection to the server: this one can be opened when it is back.");
    else throw error;
  } finally {
    busy = false;
  }
}

/* From memory where its words are still here; a skipped one must be claimed anew, unless the skip is still waiting. */
async function fetchAgain(entry) {
  if (entry.kind === "answered" && entry.item) return { item: entry.item, claimed: false };
  if (entry.kind === "skipped" && entry.item && (await outbox.withdraw(entry.submission_key))) {
    recent.remove(entry.submission_key);
    return { item: entry.item, claimed: true };
  }
  const { item, given: stands } = await line.ask("revisit", { assignment: entry.assignment, have: line.have });
  Object.assign(entry, stands, { item });
  return { item: { ...item, holder: null }, claimed: entry.kind === "skipped" };
}

function backToPlace(why = "") {
  if (!given) return;
  line.current?.revisited ? line.drop() : line.putBack();
  advance();
  if (why) notify(why, { kind: "good" });
}

/* -- Buttons and keys -- */

const actions = {
  async "cannot-tell"(event) {
    if (!mayAnswer(event)) return;
    const item = shown;
    const said = await ask("rate-cannot-tell");
    if (said && shown === item) await submit({ answer: "cannot_tell", reason: said.reason });
  },
  async skip(event) {
    if (!mayAnswer(event) || given?.kind === "answered") return;
    const item = shown;
    const said = await ask("rate-skip");
    if (said && shown === item) await skip(said);
  },
  "skip-broken": () => !busy && shown && skip({ reason: document.querySelector('#rate-skip button[value="media"]')?.value ?? "other", note: "" }),
  "try-again": () => player.reload(),
  async flag() {
    const item = shown;
    const said = item && (await ask("rate-flag"));
    if (!said) return;
    const key = crypto.randomUUID();
    const fields = { assignment: item.assignment, note: said.note, submission_key: key };
    if (await keep({ key, kind: "flag", url: dataset.flagUrl, fields, about: { title: item.title, said: "Flag" } })) {
      if (outbox.condition !== "ok") notify("Flagged: sent with the next connection.", { kind: "good" });
    }
  },
  undo: () => revisit(recent.after(given)),
  back: () => backToPlace(),
  save: (event) => form.chosen && (form.missing ? askFor(form.missing) : mayAnswer(event) && submit({ answer: "level", level: form.chosen })),
  "go-on": () => awaited && dataset.feedback === "shown" && endFeedback(),
  refused: () => document.getElementById("rate-refused").showModal(),
  "sign-in": () => openSignIn(),
  "close-notice": () => notify("", find("#rate-notice").removeAttribute("data-stays")),
  keys: showSheet,
};

async function skip({ reason, note }) {
  const item = shown;
  const key = crypto.randomUUID();
  const said = { assignment: item.assignment, title: item.title, poster: item.poster, kind: "skipped", reason: note ? `${reason}: ${note}` : reason, submission_key: key, item };
  const fields = { assignment: item.assignment, token: item.token ?? "", reason, note, submission_key: key };
  if (!(await keep({ key, kind: "skip", url: dataset.skipUrl, fields, about: { title: item.title, said: words(said) } }))) return;
  recent.put(said);
  goOn("Skipped.");
}

async function sendDraft(fields) {
  try {
    return await line.ask("draft", fields);
  } catch (error) {
    if (error instanceof Refused || error instanceof Unreachable || error instanceof SignedOut) return null; /* it is kept here */
    throw error;
  }
}

let openDialog = () => {};
let closeRecent = () => {};
const openSignIn = () => openDialog(outbox.condition === "other-person", outbox.waiting.length);

function registerKeys() {
  const group = "Answer";
  form.registerKeys();
  for (const [name, key] of Object.entries({ "cannot-tell": "c", skip: "s", flag: "f", undo: "Backspace" })) {
    const button = find(`[data-rate=${name}]`);
    if (!button) continue;
    register(key, button.dataset.keyLabel ?? button.textContent.trim(), (event) => actions[name](event), { group });
    showKeys(button, key);
  }
  register("Enter", "Save the chosen answer and go on", () => (dataset.feedback ? actions["go-on"]() : confirm()), { group });
  register("Escape", "Back to where I was", () => backToPlace(), { group });
  showKeys(save, "Enter");
  showKeys(find("[data-rate=back]"), "Escape");
  showKeys(find("[data-rate=go-on]"), "Enter");
  ({ closeRecent } = panels.panelKeys());
  player.registerPlayerKeys();
}

/* When a press began. A key held down over a button presses it again and again: only the first counts. */
function watchPresses() {
  const begin = (event) => (pressedAt = event.timeStamp);
  const end = () => setTimeout(() => (pressedAt = null));
  addEventListener("pointerdown", begin, true);
  for (const name of ["pointerup", "pointercancel", "keyup"]) addEventListener(name, end, true);
  addEventListener("keydown", (event) => {
    if (!event.repeat) begin(event);
    else if (["Enter", " "].includes(event.key) && event.target.closest?.("#rate button")) event.preventDefault();
  }, true);
}

function listen() {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.level) pick(button.dataset.level, event);
    else actions[button?.dataset.rate]?.(event);
    if (button && event.detail > 0) button.blur(); /* after the mouse, Space belongs to the video again */
  });
  const flag = document.querySelector("#rate-flag button[value=flag]");
  panels.sendOnEnter(document.getElementById("rate-flag-note"), () => flag.form.requestSubmit(flag));
  auto.checked = recall("auto", "true") !== "false";
  auto.addEventListener("change", () => {
    remember("auto", auto.checked);
    showSave();
  });
  outbox.channel.addEventListener("message", ({ data }) => data.type === "answered" && answeredElsewhere(data));
  addEventListener("online", () => outbox.retry({ eager: true }));
  addEventListener("offline", () => outbox.failed(new Unreachable("the browser is offline")));
  addEventListener("focus", () => comeBack());
  document.addEventListener("resume", () => comeBack({ check: true }));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) watch.total += performance.now() - watch.since;
    else watch.since = performance.now();
    if (!document.hidden) comeBack();
  });
  addEventListener("pagehide", () => line.release());
  addEventListener("pageshow", ({ persisted }) => persisted && comeBack({ check: true }));
}

function answeredElsewhere({ assignment, rater }) {
  if (rater !== dataset.rater) return;
  line.forget(assignment);
  if (shown?.assignment === assignment && !given) lost("You answered this item in another tab. Here is the next one.");
}

async function start() {
  openDialog = panels.signInDialog(() => outbox.retry({ eager: true }));
  registerKeys();
  watchPresses();
  listen();
  panels.changedBanner();
  showSave();
  showNothing();
  new ResizeObserver(([{ borderBoxSize: [box] }]) => root.style.setProperty("--rate-thumb", `${box.blockSize}px`)).observe(find(".rate-thumb"));
  await Promise.all([outbox.load(), form.load(dataset.rater)]);
  await outbox.send();
  await refill("");
  line.onBeat = () => refill();
  line.beat();
}

start();
