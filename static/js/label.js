/* The rating screen: what is shown, what a press does, and what happens when the connection, the session or the day is
   over. line.js holds the items and says what the server answers; outbox.js keeps and sends what the rater gave; form.js,
   player.js and panels.js are the parts of the screen.

   An answer is kept on this device first; then the next item is shown at once, and the answer is sent behind it. A press
   counts only for an item that was painted when the press began: #rate has data-ready while there is one. */

import { Form } from "./form.js";
import { Refused, SignedOut, Unreachable } from "./http.js";
import { Presses, register, showKeys, showSheet } from "./keys.js";
import { Line } from "./line.js";
import { Outbox } from "./outbox.js";
import * as panels from "./panels.js";
import * as player from "./player.js";

const { announce, ask, notify, recall, remember } = panels;
const GUARD_MS = 250;

const root = document.getElementById("rate");
const find = (selector) => root.querySelector(selector);
const { dataset } = root;
const stage = find("#rate-item");
const auto = find("#rate-auto");
const save = find("[data-rate=save]");

const outbox = new Outbox(dataset.rater, { prepare, reply, refusal, change, wake });
const line = new Line(root, outbox, document.getElementById("rate-ahead"));
const form = new Form(root, { pick, confirm, changed: showSave, draft: sendDraft });
const isWaiting = (key) => outbox.waiting.some((entry) => entry.key === key);
const recent = new panels.Recent({ open: revisit, words: (entry) => form.wordsOf(entry), isWaiting });
const presses = new Presses(root, GUARD_MS);

let shown = null; /* the item on screen */
let given = null; /* the answer it had, where an earlier one is looked at again */
let awaited = null; /* in a qualification, the submission key whose feedback is waited for or read */
let busy = false; /* something must end before the next press counts */
let filling = null; /* the claim on its way */
let answeredAt = null; /* when the press began that answered: from then to the next item is measured */
let watch = { since: 0, total: 0 };
let progress = null;
let around = { closeRecent() {}, signIn() {} };

/* -- What is seen -- */

function change() {
  panels.showState(outbox);
  panels.showRefused(outbox);
  recent.render();
  if (progress) {
    const first = ({ url, fields }) => url === dataset.submitUrl && !fields.revises;
    panels.showProgress({ ...progress, mine: progress.mine + outbox.waiting.filter(first).length });
  }
  if (dataset.state === "waiting") stage.replaceChildren(panels.waitingPanel(outbox));
  const isOut = ["signed-out", "other-person"].includes(outbox.condition);
  if (isOut && around.asked !== outbox.condition && (outbox.waiting.length > 0 || !shown)) openSignIn();
  around.asked = isOut ? outbox.condition : null;
}

/* Where an answer does not go on by itself the button keeps its place, so that nothing moves under a thumb. */
function showSave() {
  const { rationale, confidence } = dataset;
  save.disabled = form.chosen === null || shown === null;
  save.hidden = save.disabled && auto.checked && !given && ![rationale, confidence].includes("required");
}

function show(item, entry = null) {
  [shown, given] = [item, entry];
  dataset.state = "item";
  delete dataset.ready;
  root.ariaBusy = "false";
  stage.replaceChildren(item.holder);
  const isDraft = form.show(item, entry);
  player.attach(stage, { moments: form.evidence, evidence: (moments) => form.setEvidence(moments) });
  watch = { since: performance.now(), total: item.elapsed };
  const earlier = entry ? `Looking at it again. You said: ${form.wordsOf(entry)}.` : "";
  find("#rate-again").hidden = !entry;
  find("#rate-again span").textContent = earlier;
  recent.render(entry);
  notify("");
  announce([item.title || "New item", earlier, isDraft ? "Your draft is back" : ""].filter(Boolean).join(". "));
  acceptSoon(item);
}

async function acceptSoon(item) {
  const painted = await presses.renew();
  if (painted === null || shown !== item) return;
  if (answeredAt !== null) performance.measure("next-item", { start: answeredAt, end: painted });
  answeredAt = null;
  line.warm();
  setTimeout(() => shown === item && !awaited && (dataset.ready = "true"), GUARD_MS + 5);
}

/* No item is here: the end, or a wait for the server. */
function showNothing() {
  [shown, given] = [null, null];
  player.detach();
  form.clear();
  delete dataset.ready;
  recent.render(null);
  find("#rate-again").hidden = true;
  const isEnd = line.end && outbox.waiting.length === 0;
  dataset.state = isEnd ? line.end.state : "waiting";
  root.ariaBusy = String(!isEnd);
  if (!isEnd) return stage.replaceChildren(panels.waitingPanel(outbox));
  stage.innerHTML = line.end.html;
  announce(stage.querySelector("h2")?.textContent ?? "");
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
  const isOurs = line.update(envelope);
  if (envelope.progress) {
    const { mine, left = null } = envelope.progress;
    progress = { mine_total: null, end: null, ...progress, ...envelope.progress, ...(left === null ? {} : { end: mine + left }) };
  }
  if (envelope.recent) recent.load(envelope.recent);
  if ("message" in envelope) panels.setMessage(envelope.message);
  change();
  if (awaited) return;
  if (shown && !isOurs) lost("This item is no longer reserved for you. What you wrote is kept on this device and comes back with it.");
  else if (!shown) line.ahead.length > 0 ? advance() : showNothing();
}

/* The item on screen is not ours any more: say so and go on. */
function lost(why) {
  line.drop();
  advance();
  notify(why, { stays: true });
}

/* Ask for what is held. Failures show in the state line and are tried again; only a final no is told here. */
function refill(have) {
  filling ??= line.claim(have).then(take, failed).finally(() => (filling = null));
  return filling;
}

function failed(error) {
  if (error instanceof Refused) {
    notify(error.message, { stays: true, kind: "bad" });
    if (error.reply.held) return take(error.reply);
  } else if (!(error instanceof SignedOut || error instanceof Unreachable)) throw error;
  if (!shown) showNothing();
}

/* The connection is back or may be, and nothing waits any more. */
async function wake() {
  player.reload();
  if (outbox.condition !== "ok" || !shown || line.isStale) await refill(shown || line.ahead.length > 0 ? undefined : "");
}

/* Back after hours, out of the back-forward cache or out of sleep: what is held is asked before an answer counts. */
async function comeBack({ check = line.isStale } = {}) {
  if (!check) return outbox.condition !== "ok" || !shown ? outbox.retry({ eager: true }) : undefined;
  busy = true;
  try {
    await outbox.load();
    await refill();
  } finally {
    busy = false;
  }
  outbox.send();
}

/* -- What the server says of what was sent -- */

const isOfThisSet = ({ url }) => [dataset.submitUrl, dataset.skipUrl].includes(url);

function prepare(entry) {
  return isOfThisSet(entry) ? { have: line.have } : {};
}

function reply(entry, said) {
  if (entry.kind === "flag") return notify(said.message, { kind: "good" });
  if (!isOfThisSet(entry)) return;
  if (said.saved) recent.mark(said.saved);
  if (awaited === entry.key) showFeedback(said.feedback);
  take(said);
  if (said.notice) notify(said.notice, { stays: true });
}

function refusal(entry, error) {
  recent.remove(entry.key);
  if (awaited === entry.key) endFeedback();
  if (error.reply.held && isOfThisSet(entry)) take(error.reply);
  else if (!shown) refill();
  const { title, said } = entry.about ?? {};
  notify(`Not accepted: ${said} for ${title || "an item"}. ${error.message}`, { stays: true, kind: "bad" });
}

/* -- Qualification: what was right, and why, before the next item -- */

function showFeedback(feedback) {
  if (!feedback) return endFeedback();
  panels.showFeedback(feedback);
  dataset.feedback = "shown";
}

function endFeedback() {
  awaited = null;
  delete dataset.feedback;
  find("#rate-feedback").hidden = true;
  line.drop();
  advance();
}

/* -- Answering -- */

/* Whether a press may answer: it began when the item had been seen. One that came too soon is said, not swallowed. */
function mayAnswer(event) {
  if (busy || !shown || awaited) return false;
  if (presses.count(event)) return true;
  announce("Too soon: this item had only just come. Press again.");
  return false;
}

function pick(level, event) {
  if (!mayAnswer(event)) return;
  form.choose(level);
  if (form.missing) askFor(form.missing);
  else if (auto.checked) submit({ answer: "level", level });
}

/* The focus goes into the field, where digits and letters are text: that is said, not left to be found out. */
function askFor(missing) {
  const label = form.label(form.chosen);
  if (missing === "confidence") return notify(`${label} is chosen, not saved yet: say how sure you are, then press Enter or Save.`);
  notify(`${label} is chosen, not saved yet: say why, then press Enter or Save. Esc leads back to the answers.`);
  form.rationale.focus();
}

/* Enter, in the rationale or outside of it, and the button. */
function confirm(event) {
  if (dataset.feedback) return actions["go-on"]();
  if (form.chosen === null) {
    if (document.activeElement === form.rationale) notify("Now choose an answer: what you wrote goes with it.");
    form.rationale?.blur();
  } else if (form.missing) askFor(form.missing);
  else if (mayAnswer(event)) {
    form.rationale?.blur();
    submit({ answer: "level", level: form.chosen });
  }
}

async function submit(said) {
  if (form.repeats(given, said.level ?? null)) return back(`${form.label(said.level)} stands as it was.`);
  const item = shown;
  if (line.isStale && outbox.condition !== "offline") await comeBack({ check: true });
  if (shown !== item || busy) return;
  const key = crypto.randomUUID();
  const { fields, said: entry } = form.answer({ ...said, item, given, key, duration: readWatch() });
  if (!(await keep("submit", { key, fields, entry }))) return;
  form.answered(item);
  if (dataset.teaches === "true") awaitFeedback(key);
  else goOn();
}

async function skip({ reason, note }) {
  const item = shown;
  const key = crypto.randomUUID();
  const { assignment, token, title, poster } = item;
  const fields = { assignment, token: token ?? "", reason, note, submission_key: key };
  const entry = { assignment, title, poster, kind: "skipped", reason: note ? `${reason}: ${note}` : reason, submission_key: key, item };
  if (await keep("skip", { key, fields, entry })) goOn();
}

/* Put what was given into the outbox, and into the list of the last answers. */
async function keep(kind, { key, fields, entry }) {
  answeredAt = presses.began;
  busy = true;
  try {
    const about = { title: shown.title, said: entry ? form.wordsOf(entry) : "A flag" };
    await outbox.add({ key, kind, url: dataset[`${kind}Url`], fields, about });
  } catch (error) {
    Object.assign(find("#rate-state"), { textContent: "Not saved" }).dataset.state = "offline";
    notify("This browser refuses to store answers, so none can be given safely. Free space or leave private browsing.", { stays: true, kind: "bad" });
    console.error(error);
    return false;
  } finally {
    busy = false;
  }
  if (entry) {
    recent.put(entry);
    outbox.channel.postMessage({ type: "answered", rater: dataset.rater, assignment: fields.assignment });
  }
  return true;
}

function awaitFeedback(key) {
  awaited = key;
  delete dataset.ready;
  dataset.feedback = "awaited";
  if (outbox.condition !== "ok") notify("Your answer is kept on this device. What was right comes with the connection.");
}

/* After an answer to an earlier item the one that was left comes back. */
function goOn() {
  line.drop();
  advance();
}

const readWatch = () => Math.round(watch.total + (document.hidden ? 0 : performance.now() - watch.since));

/* -- Looking at an earlier answer again -- */

async function revisit(entry) {
  if (!entry) return notify(recent.entries.length > 0 ? "That was the last that can be opened here." : "There is no earlier answer yet.");
  if (busy || awaited || dataset.teaches === "true") return;
  busy = true;
  try {
    const { item, claimed, withdrawn } = await line.fetchAgain(entry);
    if (shown) shown.elapsed = readWatch();
    line.putBack();
    line.forget(item.assignment);
    Object.assign(item, { revisited: !claimed, elapsed: 0 });
    line.show(item);
    around.closeRecent();
    show(item, entry);
    if (withdrawn) recent.remove(entry.submission_key);
  } catch (error) {
    if (error instanceof Unreachable) notify("No connection to the server: this one can be opened when it is back.");
    else failed(error);
  } finally {
    busy = false;
  }
}

function back(why = "") {
  if (!given) return;
  line.current?.revisited ? line.drop() : line.putBack();
  advance();
  if (why) notify(why, { kind: "good" });
}

/* -- Buttons and keys -- */

async function askReason(id, event) {
  if (!mayAnswer(event)) return null;
  const item = shown;
  const said = await ask(id);
  return shown === item ? said : null;
}

const actions = {
  async "cannot-tell"(event) {
    const said = await askReason("rate-cannot-tell", event);
    if (said) await submit({ answer: "cannot_tell", reason: said.reason });
  },
  async skip(event) {
    if (given?.kind === "answered") return notify("This one is answered already. Change the answer, or go back to where you were.");
    const said = await askReason("rate-skip", event);
    if (said) await skip(said);
  },
  "skip-broken": () => !busy && !given && shown && skip({ reason: "media", note: "" }),
  "try-again": () => player.reload(),
  async flag() {
    const item = shown;
    const said = item && (await ask("rate-flag"));
    if (!said) return;
    const key = crypto.randomUUID();
    const fields = { assignment: item.assignment, note: said.note, submission_key: key };
    if ((await keep("flag", { key, fields })) && outbox.condition !== "ok") notify("Flagged: sent with the connection.", { kind: "good" });
  },
  undo: () => revisit(recent.after(given)),
  back: () => back(),
  save: confirm,
  "go-on": () => dataset.feedback === "shown" && endFeedback(),
  refused: () => document.getElementById("rate-refused").showModal(),
  "sign-in": () => openSignIn(),
  "close-notice": () => notify("", { closed: true }),
  keys: showSheet,
};

function openSignIn() {
  around.signIn(outbox.condition === "other-person", outbox.waiting.length);
}

async function sendDraft(fields) {
  try {
    return await line.ask("draft", fields);
  } catch (error) {
    if (error instanceof Refused || error instanceof Unreachable || error instanceof SignedOut) return null; /* it is kept here */
    throw error;
  }
}

function registerKeys() {
  const group = "Answer";
  form.registerKeys();
  for (const [name, key] of Object.entries({ "cannot-tell": "c", skip: "s", flag: "f", undo: "Backspace" })) {
    const button = find(`[data-rate=${name}]`);
    if (!button) continue;
    register(key, button.dataset.keyLabel ?? button.textContent.trim(), (event) => actions[name](event), { group });
    showKeys(button, key);
  }
  register("Enter", "Save the chosen answer and go on", confirm, { group });
  register("Escape", "Back to where I was", () => back(), { group });
  for (const [name, key] of [["save", "Enter"], ["back", "Escape"], ["go-on", "Enter"]]) showKeys(find(`[data-rate=${name}]`), key);
  player.registerPlayerKeys();
}

function listen() {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.level) pick(button.dataset.level, event);
    else actions[button?.dataset.rate]?.(event);
    if (button && event.detail > 0) button.blur(); /* after the mouse, Space belongs to the video again */
  });
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
  addEventListener("pageshow", ({ persisted }) => persisted && comeBack({ check: true }));
}

function answeredElsewhere({ assignment, rater }) {
  if (rater !== dataset.rater) return;
  line.forget(assignment);
  if (shown?.assignment === assignment && !given) lost("You answered this item in another tab. Here is the next one.");
}

async function start() {
  registerKeys();
  around = panels.setUp({ signedIn: () => outbox.retry({ eager: true }) });
  listen();
  showSave();
  showNothing();
  await Promise.all([outbox.load(), form.load(dataset.rater)]);
  await outbox.send();
  await refill("");
  line.beat(() => refill());
}

start();
