/* The rating screen: what a press does, and what the server's words change. stage.js shows the item, line.js holds those
   that come next and says what the server answers, outbox.js keeps and sends what was given, form.js and panels.js stand
   around it.

   An answer is kept on this device first; then the next item is shown at once, and the answer is sent behind it. A press
   counts only for an item that was painted when the press began: #rate has data-ready while there is one. */

import { Form, Recent } from "./form.js";
import { Refused, SignedOut, Unreachable } from "./http.js";
import { register, showKeys, showSheet } from "./keys.js";
import { Line } from "./line.js";
import { Drafts, Outbox } from "./outbox.js";
import * as panels from "./panels.js";
import { registerPlayerKeys, reload, Stage } from "./stage.js";

const { announce, ask, notify } = panels;
const root = document.getElementById("rate");
const { dataset } = root;
const teaches = dataset.teaches === "true";

const outbox = new Outbox(dataset.rater, { prepare, reply, refusal, change, wake });
const line = new Line(root, outbox, { take, failed, answeredElsewhere });
const drafts = new Drafts(dataset.rater);
const form = new Form(root, drafts, { pick, confirm, draft: (fields) => line.sendDraft(fields) });
const recent = new Recent({ open: revisit, words: (entry) => form.wordsOf(entry), isWaiting: (key) => outbox.has(key) });
const stage = new Stage(root, form, recent);

let awaited = null; /* in a qualification, the submission key whose feedback is waited for or read */
let busy = false; /* something must end before the next press counts */
let closeRecent = () => {};

/* -- What is shown next -- */

/* What waits, or the connection, has changed. */
function change() {
  panels.showState(outbox);
  panels.showProgress(outbox, dataset.submitUrl);
  panels.showRefused(outbox);
  recent.render();
  if (dataset.state === "waiting") showNothing();
  if (dataset.feedback === "awaited" && outbox.condition !== "ok") notify("Your answer is kept. What was right comes with the connection.");
  panels.mindSession(outbox, outbox.waiting.length > 0 || !stage.item);
}

async function show(item, given = null) {
  if (!(await stage.show(item, given))) return;
  await line.warm();
  recent.showPictures();
}

function showNothing() {
  stage.clear(outbox.waiting.length === 0 ? line.end : null, outbox);
}

function advance() {
  const next = line.take();
  if (next) return show(next);
  showNothing();
  if (outbox.waiting.length === 0 && !line.end) line.refill();
}

/* What the server said of the line; where nothing is on screen the next item comes. */
function take(envelope) {
  const isOurs = line.update(envelope);
  if (envelope.progress) panels.noteProgress(envelope.progress);
  if (envelope.recent) recent.load(envelope.recent);
  if ("message" in envelope) panels.setMessage(envelope.message);
  change();
  if (awaited) return;
  if (stage.item && !isOurs) goOn(`${stage.named} is no longer reserved for you${form.words ? "; what you wrote of it is kept on this device" : ""}.`);
  else if (!stage.item) line.ahead.length > 0 ? advance() : showNothing();
}

/* A claim failed. The state line shows it and it is tried again; only a final no is told here. */
function failed(error) {
  if (error instanceof Refused) {
    if (error.reply.held) return take(error.reply);
    line.end = { state: "paused", why: error.message };
    if (stage.item) notify(error.message, { stays: true, kind: "bad" });
  } else if (!(error instanceof SignedOut || error instanceof Unreachable)) throw error;
  if (!stage.item) showNothing();
}

/* The connection is back or may be, and nothing waits any more. */
async function wake() {
  reload();
  if (outbox.condition === "ok" && stage.item && !line.isStale) return;
  await line.refill(stage.item || line.ahead.length > 0 ? null : "");
}

function answeredElsewhere(assignment) {
  if (stage.item?.assignment === assignment && !stage.given) goOn("The item before this one was answered in another tab.");
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
  if (awaited === entry.key) said.feedback ? panels.showFeedback("shown", said.feedback) : endFeedback();
  take(said);
  if (said.notice) notify(said.notice, { stays: true });
}

function refusal(entry, error) {
  recent.remove(entry.key);
  if (awaited === entry.key) endFeedback();
  if (error.reply.held && isOfThisSet(entry)) take(error.reply);
  else if (!stage.item) line.refill();
  notify(`Not accepted: ${entry.about?.said} for ${entry.about?.title || "an item"}. ${error.message}`, { stays: true, kind: "bad" });
}

/* -- Qualification: what was right, and why, before the next item -- */

function endFeedback() {
  awaited = null;
  panels.showFeedback(null);
  goOn();
}

/* -- Answering -- */

/* Whether a press may answer. One that came too soon is said, not swallowed. */
function mayAnswer(event) {
  if (busy || line.isChecking || awaited || !stage.item) return false;
  if (stage.counts(event)) return true;
  announce("Too soon: this item had only just come. Press again.");
  return false;
}

function pick(level, event) {
  if (!mayAnswer(event)) return;
  form.choose(level);
  if (form.missing) form.askFor(form.missing);
  else if (form.auto.checked) submit({ answer: "level", level });
}

/* Enter, in the rationale or outside of it, and the button. */
function confirm(event) {
  if (dataset.feedback) return actions["go-on"]();
  if (form.chosen === null) return form.askForLevel();
  if (form.missing) return form.askFor(form.missing);
  if (!mayAnswer(event)) return;
  form.rationale?.blur();
  submit({ answer: "level", level: form.chosen });
}

async function submit(said) {
  const { item, given } = stage;
  if (form.repeats(given, said.level ?? null)) {
    form.answered(item);
    return back(`${form.label(said.level)} stands as it was.`);
  }
  if (line.isStale && outbox.condition !== "offline") await line.comeBack({ check: true });
  if (stage.item !== item || busy) return;
  const [key, duration] = [crypto.randomUUID(), stage.looked];
  if (!(await keep("submit", key, form.answer({ ...said, item, given, key, duration })))) return;
  form.answered(item);
  if (!teaches) return goOn(given ? "" : stage.ofPace(duration), { stays: true });
  awaited = key;
  panels.showFeedback("awaited");
}

async function skip(said, key = crypto.randomUUID()) {
  if (await keep("skip", key, form.skipped(stage.item, key, said))) goOn();
}

/* To the next item; after a correction, to the one that was left. `why` is said over it. */
function goOn(why = "", how = {}) {
  line.drop();
  advance();
  if (why) notify(why, how);
}

/* Put what was given into the outbox, and into the list of the last answers. */
async function keep(kind, key, { fields, said = null }) {
  const about = { title: stage.item.title, said: said ? form.wordsOf(said) : "A flag" };
  if (said) stage.answeredAt = stage.presses.began;
  busy = true;
  try {
    await outbox.add({ key, kind, url: dataset[`${kind}Url`], fields, about });
  } catch (error) {
    return panels.sayNotKept(error);
  } finally {
    busy = false;
  }
  if (!said) return true;
  recent.put(said);
  line.tellTabs(fields.assignment);
  return true;
}

/* -- Looking at an earlier answer again -- */

async function revisit(entry) {
  if (busy || awaited || teaches) return;
  if (!entry) return notify(recent.entries.length > 0 ? "That was the last that can be opened here." : "There is no earlier answer yet.");
  busy = true;
  try {
    show(await line.open(entry), entry);
    closeRecent();
  } catch (error) {
    if (error instanceof Unreachable) notify("No connection to the server: this one can be opened when it is back.");
    else failed(error);
  } finally {
    busy = false;
  }
}

function back(why = "") {
  if (!stage.given) return;
  line.putBack({ last: true });
  advance();
  if (why) notify(why, { kind: "good" });
}

/* -- Buttons and keys -- */

async function askReason(id, event) {
  const item = mayAnswer(event) && stage.item;
  const said = item && (await ask(id));
  return stage.item === item ? said : null;
}

const actions = {
  async "cannot-tell"(event) {
    const said = await askReason("rate-cannot-tell", event);
    if (said) submit({ answer: "cannot_tell", reason: said.reason });
  },
  async skip(event) {
    if (stage.given?.kind === "answered") return notify("This one is answered already. Change the answer, or go back to where you were.");
    const said = await askReason("rate-skip", event);
    if (said) skip(said);
  },
  "skip-broken": () => !busy && stage.item && stage.given?.kind !== "answered" && skip({ reason: "media", note: "" }),
  "try-again": () => reload(),
  async flag() {
    const { item } = stage;
    const said = item && (await ask("rate-flag"));
    if (!said) return;
    const key = crypto.randomUUID();
    const kept = await keep("flag", key, { fields: { assignment: item.assignment, note: said.note, submission_key: key } });
    if (kept && outbox.condition !== "ok") notify("Flagged: sent with the connection.", { kind: "good" });
  },
  undo: () => revisit(recent.after(stage.given)),
  back: () => back(),
  save: confirm,
  "go-on": () => dataset.feedback === "shown" && endFeedback(),
  refused: () => document.getElementById("rate-refused").showModal(),
  "sign-in": () => panels.signIn(outbox),
  "close-notice": ({ detail }) => (notify("", { closed: true }), detail === 0 && stage.focus()), /* 0: by a key */
  keys: showSheet,
};

const KEYS = { "cannot-tell": "c", skip: "s", flag: "f", undo: "Backspace", save: "Enter", back: "Escape" };

function registerKeys() {
  form.registerKeys();
  registerPlayerKeys();
  for (const [name, key] of Object.entries(KEYS)) {
    const button = root.querySelector(`[data-rate=${name}]`);
    if (!button) continue; /* a qualification has no way back */
    register(key, button.dataset.keyLabel ?? button.textContent.trim(), (event) => actions[name](event), { group: "Answer" });
    showKeys(button, key);
  }
  showKeys(root.querySelector("[data-rate=go-on]"), "Enter");
}

function press(event) {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.level) pick(button.dataset.level, event);
  else actions[button.dataset.rate]?.(event);
  if (event.detail > 0) button.blur(); /* after the mouse, Space belongs to the video again */
}

async function start() {
  registerKeys();
  ({ closeRecent } = panels.setUp({ signedIn: () => outbox.retry({ eager: true }) }));
  root.addEventListener("click", press);
  await Promise.all([outbox.load(), drafts.load()]);
  await outbox.send();
  await line.refill("");
  line.attend();
}

start();
