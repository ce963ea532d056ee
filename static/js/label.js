/* The rating screen. The shell (templates/components/rate.html) holds question, answers and definition; the item
   comes and goes. An answer is stored in the outbox before it is sent, and the next item shows only after the
   server has confirmed it.

   What the server does. Every request is a POST of form fields, every reply JSON.
     data-claim-url    ()                                  -> envelope; a live claim of this rater is returned again
     data-submit-url   (assignment, token, answer = "level" | "cannot_tell", level, reason, confidence, rationale,
                        duration_ms, submission_key)       -> envelope of the NEXT item; a repeated submission_key
                                                              stores nothing and gets the same kind of reply
     data-skip-url     (assignment, token, reason, note)   -> envelope of the next item
     data-undo-url     ()                                  -> envelope of the previous item, `given` set
     data-flag-url     (assignment, token, note)           -> {"message": text}; the item stays
   Envelope: {"state": "item" | "empty" | "paused", "html": what fills #rate-item, "assignment", "token",
     "progress": {"mine", "mine_total" or null, "left" or null, "team", "team_total"},
     "given": {"answer", "level", "rationale"}             optional, after undo
     "saved": {"rating", "submission_key", "counted"}      optional, after submit
     "notice": text                                        optional, such as "came late, kept but not counted"
     "preload": {"video": url, "poster": url}              optional, what the next item will show}
   Errors: 401, a redirect or an HTML page = signed out, the answer waits; 5xx, 429 or no reply = waits and is sent
   again; any other 4xx {"error": code, "message": sentence} = final (409: the claim is gone), told and passed over. */

import { ask, sendOnEnter } from "./ask.js";
import { post, Refused, SignedOut, Unreachable } from "./http.js";
import { keyCap, register, showSheet } from "./keys.js";
import { Outbox } from "./outbox.js";
import { attach, preload, registerPlayerKeys } from "./player.js";
import { stopwatch } from "./stopwatch.js";

const RETRY_MS = [1000, 2000, 5000, 10000, 30000];

const root = document.getElementById("rate");
const find = (selector) => root.querySelector(selector);
const answers = [...root.querySelectorAll(".answer[data-level]")];
const auto = find("#rate-auto");
const save = find("[data-rate=save]");
const rationale = find("#rate-rationale");
const outbox = new Outbox(root.dataset.rater);

let item = null; /* the envelope on screen, null while an answer is on its way */
let chosen = null; /* the level picked but not yet submitted */
let busy = false;
let failures = 0;
let retryTimer = 0;

function setState(state, text) {
  const line = find("#rate-state");
  line.dataset.state = state;
  line.textContent = text;
}

function notify(text, { signIn = false } = {}) {
  const notice = find("#rate-notice");
  notice.hidden = !text;
  notice.querySelector("p").textContent = text;
  notice.querySelector("a").hidden = !signIn;
}

function setBusy(value) {
  busy = value;
  root.setAttribute("aria-busy", String(value));
}

/* Where an answer does not go on by itself the button keeps its place, so that nothing moves under a thumb. */
function showSave() {
  const { rationale: why, confidence: sure } = root.dataset;
  save.disabled = chosen === null || item === null;
  save.hidden = save.disabled && auto.checked && ![why, sure].includes("required");
}

function choose(level) {
  chosen = level;
  showSave();
  for (const button of answers) button.setAttribute("aria-pressed", String(button.dataset.level === level));
}

/* How many are asked of this rater is known where they are; else how many are left for them, unless too many. */
function showProgress({ mine, mine_total: mineTotal, left, team, team_total: teamTotal }) {
  const total = mineTotal ?? (left === null ? null : mine + left);
  const rest = mineTotal === null && left ? `, ${left} left for you` : "";
  find("#rate-mine").textContent = mineTotal === null ? `${mine} rated${rest}` : `${mine} of ${mineTotal} rated`;
  const title = `Everyone: ${team} of ${teamTotal} answers`;
  Object.assign(find("#rate-bar"), { max: total || teamTotal || 1, value: total === null ? team : mine, title });
}

function show(envelope) {
  item = envelope.state === "item" ? envelope : null;
  root.dataset.state = envelope.state;
  find("#rate-item").innerHTML = envelope.html;
  if (envelope.progress) showProgress(envelope.progress);
  choose(envelope.given?.level ?? null);
  if (rationale) rationale.value = envelope.given?.rationale ?? "";
  for (const radio of root.querySelectorAll("[name=confidence]")) radio.checked = false;
  notify(envelope.notice ?? "");
  find("#rate-live").textContent = find("#rate-item [data-announce]")?.textContent ?? "";
  attach(find("#rate-item"));
  preload(envelope.preload);
  stopwatch.start();
}

async function reportFailure(error) {
  const count = (await outbox.waiting()).length;
  const waiting = count === 0 ? "" : `: ${count} waiting`;
  const safe = count === 0 ? "" : " Your answer is kept on this device and sent by itself.";
  if (error instanceof SignedOut) {
    setState("signed-out", `Signed out${waiting}`);
    notify(`Your session has ended.${safe}`, { signIn: true });
    return;
  }
  setState("offline", `Offline${waiting}`);
  notify(`No connection to the server.${safe} The next item needs the connection: it comes as soon as that is back.`);
  clearTimeout(retryTimer);
  retryTimer = setTimeout(sync, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]);
}

/* Send what waits, then show what comes next. Safe to call at any moment. */
async function sync() {
  clearTimeout(retryTimer);
  if (busy) return void (retryTimer = setTimeout(sync, RETRY_MS[0]));
  setBusy(true);
  try {
    const { reply, refused } = await outbox.drain();
    const next = reply ?? (item ? null : await post(root.dataset.claimUrl, {}));
    failures = 0;
    setState("saved", "Saved");
    if (next && !item) show(next);
    if (refused.length > 0) notify(refused.map((error) => error.message).join(" "));
  } catch (error) {
    if (error instanceof Refused) {
      setState("saved", "Saved"); /* only the claim was refused: nothing waits */
      notify(error.message);
    } else if (error instanceof Unreachable || error instanceof SignedOut) await reportFailure(error);
    else throw error;
  } finally {
    setBusy(false);
  }
}

/* The connection, the window or the session may be back: try at once, and often again. */
function resume() {
  if (find("#rate-state").dataset.state === "saved") return;
  failures = 0;
  sync();
}

async function submit(given) {
  if (busy || !item) return;
  const confidence = find("[name=confidence]:checked")?.value ?? "";
  if (root.dataset.confidence === "required" && given.answer === "level" && !confidence) {
    return notify("Say how sure you are, then save.");
  }
  if (root.dataset.rationale === "required" && given.answer === "level" && !rationale.value.trim()) {
    return notify("Say in a few words why, then save.");
  }
  const key = crypto.randomUUID();
  const { assignment, token } = item;
  const fields = {
    assignment, token, level: "", reason: "", ...given, confidence, rationale: rationale?.value ?? "",
    duration_ms: stopwatch.read(), submission_key: key,
  };
  setBusy(true);
  setState("saving", "Saving");
  choose(given.level ?? null);
  try {
    await outbox.add({ key, url: root.dataset.submitUrl, fields });
  } catch (error) {
    setBusy(false);
    setState("offline", "Not saved");
    notify("This browser refuses to store answers, so none can be given safely. Free space or leave private browsing.");
    throw error;
  }
  item = null;
  showSave();
  setBusy(false);
  await sync();
}

/* A request that is not an answer: nothing of it is kept when it fails, and the rater is told. */
async function request(url, fields, then) {
  if (busy) return;
  setBusy(true);
  try {
    then(await post(url, fields));
    setState("saved", "Saved");
  } catch (error) {
    if (error instanceof Refused) notify(error.message);
    else if (error instanceof SignedOut) await reportFailure(error);
    else if (error instanceof Unreachable) notify("No connection to the server: nothing was changed. Try again.");
    else throw error;
  } finally {
    setBusy(false);
  }
}

const needsWhy = () => root.dataset.rationale === "required" && !rationale.value.trim();

function pick(level) {
  if (busy || !item) return;
  choose(level);
  if (needsWhy()) askWhy();
  else if (auto.checked) submit({ answer: "level", level });
}

/* The focus goes into the field, where digits and letters are text: that is said, not left to be found out. */
function askWhy() {
  const label = answers.find((button) => button.dataset.level === chosen).querySelector("[data-label]").textContent;
  notify(`${label} is chosen, not saved yet: say why, then press Enter or Save. Esc leads back to the answers.`);
  rationale.focus();
}

function leaveWhy() {
  if (chosen && needsWhy()) return askWhy();
  rationale.blur();
  if (chosen) submitChosen();
  else notify("Now choose an answer: what you wrote goes with it.");
}

const submitChosen = () => chosen && submit({ answer: "level", level: chosen });

const actions = {
  async "cannot-tell"() {
    const given = item && (await ask("rate-cannot-tell"));
    if (given) await submit({ answer: "cannot_tell", reason: given.reason });
  },
  async skip() {
    const given = item && (await ask("rate-skip"));
    if (given) await request(root.dataset.skipUrl, { assignment: item.assignment, token: item.token, ...given }, show);
  },
  async flag() {
    const given = item && (await ask("rate-flag"));
    if (!given) return;
    const { assignment, token } = item;
    await request(root.dataset.flagUrl, { assignment, token, note: given.note }, (reply) => notify(reply.message));
  },
  async undo() {
    if ((await outbox.waiting()).length > 0) return notify("Answers are still waiting to be sent; undo works after that.");
    await request(root.dataset.undoUrl, {}, show);
  },
  save: submitChosen,
  keys: showSheet,
};

function answerKeys(button, index) {
  const digit = index < 9 ? [String(index + 1)] : [];
  if (root.dataset.scale !== "binary") return digit;
  return ["positive" in button.dataset ? "y" : "n", ...digit];
}

function registerKeys() {
  const group = "Answer";
  answers.forEach((button, index) => {
    const label = button.querySelector("[data-label]").textContent;
    const keys = register(answerKeys(button, index), label, () => pick(button.dataset.level), { group });
    button.querySelector(".answer-keys").append(...keys.map(keyCap));
  });
  for (const [name, key] of Object.entries({ "cannot-tell": "c", skip: "s", flag: "f", undo: "Backspace" })) {
    const button = find(`[data-rate=${name}]`);
    register(key, button.textContent.trim(), () => actions[name](), { group });
    button.append(keyCap(key));
  }
  register("Enter", "Save the chosen answer and go on", submitChosen, { group });
  save.append(keyCap("Enter"));
  if (rationale) register("w", "Write why, Esc to leave", () => rationale.focus(), { group });
  const definition = find(".rate-definition details");
  register("d", "Show or hide the definition", () => definition.toggleAttribute("open"), { group: "Screen" });
  registerPlayerKeys();
}

function listen() {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.level) pick(button.dataset.level);
    else actions[button?.dataset.rate]?.();
    if (button && event.detail > 0) button.blur(); /* after the mouse, Space belongs to the video again */
  });
  if (rationale) sendOnEnter(rationale, leaveWhy);
  const flag = document.querySelector("#rate-flag button[value=flag]");
  sendOnEnter(document.getElementById("rate-flag-note"), () => flag.form.requestSubmit(flag));
  auto.checked = localStorage.getItem("labelhub-auto") !== "false";
  showSave();
  auto.addEventListener("change", () => {
    localStorage.setItem("labelhub-auto", String(auto.checked));
    showSave();
  });
  addEventListener("online", resume);
  addEventListener("focus", resume);
  document.addEventListener("visibilitychange", () => !document.hidden && resume());
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) item = null; /* out of the back-forward cache: its claim may be gone */
    if (persisted) sync();
  });
}

/* On a phone the answers are fixed to the bottom: the page keeps that much room. */
const keepRoom = ([{ borderBoxSize: [box] }]) => root.style.setProperty("--rate-thumb", `${box.blockSize}px`);
new ResizeObserver(keepRoom).observe(find(".rate-thumb"));
if (matchMedia("(max-width: 48rem)").matches) find(".rate-definition details").open = false;
registerKeys();
listen();
sync();
