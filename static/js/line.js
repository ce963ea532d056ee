/* The items this rater holds: the one on screen and those that come next, ready to be shown. All talk with the server
   that is not an answer passes here; what the server does:

   Every request is a POST of form fields to a URL out of the shell's data-*-url; every reply is JSON. All carry `rater`
   (the uid in data-rater) and `have`, the assignments whose content this screen holds, parted by commas.

   claim    ()  -> envelope. Also the heartbeat: prolongs every claim and draws what is missing. A claim lives 10 min.
   submit   (assignment, token, answer = level | cannot_tell, level, reason, confidence, rationale, evidence_ms =
             "1200,5400", duration_ms, submission_key, revises) -> envelope + saved (+ feedback, notice).
             `revises` = submission_key of the own answer that this one corrects, "" for a first answer. The same
             submission_key again stores nothing and gets the same kind of reply. An answer to an item answered
             meanwhile in another tab -> 409 "conflict".
   skip     (assignment, token, reason, note) -> envelope; again after it was done is harmless
   revisit  (assignment) -> {item, given: entry}: one of the last answers, or a skipped item, claimed anew
   draft    (assignment, revision, level, rationale, confidence, evidence_ms) -> {revision}: an older revision than the
             stored one changes nothing and returns the stored one
   flag     (assignment, note) -> {message}
   release  (assignments) -> 204, by sendBeacon for the ones ahead; carries csrfmiddlewaretoken

   envelope: held [uid] in the order to be shown; items, those of `held` not in `have`; end {state: "empty" | "paused",
     html} where nothing is held; progress {mine, mine_total | null, left | null}; message, recent [entry] on a claim
     with empty `have`; saved {submission_key, counted}; feedback {right, html} in a qualification; notice text
   item:  assignment, token, html, title, poster, draft {revision, level, rationale, confidence, evidence_ms} | null,
     rushed_below_ms: an answer in less time counts as rushed
   entry: assignment, title, poster, kind "answered" | "skipped", answer, level, reason, rationale, confidence,
     evidence_ms [], submission_key, counted

   Errors: 401 = signed out; 403 other_person = somebody else is signed in, treated alike; other 4xx {error, message} =
   final; 5xx, 429, no reply or a broken reply = sent again with the same submission_key. Errors of submit may carry
   `held`, `items`, `end`. */

import { csrfToken, post, Unreachable } from "./http.js";
import { exclusively } from "./outbox.js";

const LEASE_MS = 9.5 * 60_000; /* a little less than a claim lives without a heartbeat */
const HEARTBEAT_MS = 2 * 60_000;
const ACTIVE_MS = 10 * 60_000;
const WARM_AFTER_MS = 3000;

/* The nodes of an item. Video and pictures begin to load with this. */
function build(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const holder = document.createElement("div");
  holder.className = "rate-held";
  holder.append(template.content);
  return holder;
}

const settled = (video, ready) =>
  new Promise((resolve) => {
    if (!video || video.readyState >= 3 || video.error) return resolve();
    for (const name of [ready, "error"]) video.addEventListener(name, resolve, { once: true });
    setTimeout(resolve, WARM_AFTER_MS);
  });

export class Line {
  current = null; /* the item on screen that is held, null while none is */
  ahead = []; /* those that come after it */
  end = null;
  lastContact = 0;
  lastActive = Date.now();
  #tab = crypto.randomUUID();
  #others = new Set();
  #filling = null;
  isChecking = false;

  /* hooks: take(envelope), failed(error) of a claim, answeredElsewhere(assignment) in another tab */
  constructor(root, outbox, hooks) {
    Object.assign(this, { root, outbox, hooks, holder: document.getElementById("rate-ahead") });
    this.#meet(outbox.channel);
    for (const name of ["keydown", "pointerdown", "pointermove"]) {
      addEventListener(name, () => (this.lastActive = Date.now()), { passive: true });
    }
  }

  get have() {
    return [this.current, ...this.ahead].filter(Boolean).map((item) => item.assignment).join(",");
  }

  /* Whether claims may have run out while nobody was here. */
  get isStale() {
    return Date.now() - this.lastContact > LEASE_MS;
  }

  async ask(name, fields) {
    try {
      const said = () => ({ ...(typeof fields === "function" ? fields() : fields), rater: this.root.dataset.rater });
      const reply = await exclusively(() => post(this.root.dataset[`${name}Url`], said()));
      this.outbox.reached();
      return reply;
    } catch (error) {
      if (!error.reply) this.outbox.failed(error);
      throw error;
    }
  }

  /* Ask for what is held, one claim at a time. Failures show in the state line and are tried again. */
  refill(have = null) {
    const { take, failed } = this.hooks;
    this.#filling ??= this.ask("claim", () => ({ have: have ?? this.have })).then(take, failed);
    this.#filling.finally(() => (this.#filling = null));
    return this.#filling;
  }

  /* Back after hours, out of the back-forward cache or out of sleep: what is held is asked before an answer counts. */
  async comeBack({ check = this.isStale } = {}) {
    if (!check) return this.outbox.condition !== "ok" || !this.current ? this.outbox.retry({ eager: true }) : undefined;
    this.isChecking = true;
    try {
      await this.outbox.load();
      await this.refill();
    } finally {
      this.isChecking = false;
    }
    this.outbox.send();
  }

  /* A draft that does not arrive is kept on this device: its failure shows in the state line alone. */
  sendDraft(fields) {
    return this.ask("draft", fields).catch((error) => {
      if (error.reply || this.outbox.condition !== "ok") return null;
      throw error;
    });
  }

  /* Watch for what ends a pause, and tell the server now and then that somebody is here. */
  attend() {
    addEventListener("online", () => this.outbox.retry({ eager: true }));
    addEventListener("offline", () => this.outbox.failed(new Unreachable("the browser is offline")));
    addEventListener("focus", () => this.comeBack());
    addEventListener("pageshow", ({ persisted }) => persisted && this.comeBack({ check: true }));
    document.addEventListener("resume", () => this.comeBack({ check: true }));
    document.addEventListener("visibilitychange", () => document.hidden || this.comeBack());
    setInterval(() => {
      const playing = this.root.querySelector("#rate-item video")?.paused === false && !document.hidden;
      if (playing || Date.now() - this.lastActive < ACTIVE_MS) this.refill();
    }, HEARTBEAT_MS);
  }

  /* Take what the server says is held. What was answered here and is still on its way is no longer in the line.
     Returns whether the item on screen is still ours. */
  update({ held, items = [], end = null }) {
    if (!held) return true;
    this.lastContact = Date.now();
    const known = new Map([this.current, ...this.ahead].filter(Boolean).map((item) => [item.assignment, item]));
    for (const item of items) {
      const before = known.get(item.assignment);
      if (before) Object.assign(before, { token: item.token });
      else known.set(item.assignment, { ...item, holder: null, elapsed: 0 });
    }
    const wanted = held.filter((uid) => known.has(uid) && !this.outbox.holds(uid));
    const kept = this.current === null || this.current.revisited || wanted.includes(this.current.assignment);
    for (const item of this.ahead) if (!wanted.includes(item.assignment)) this.#discard(item);
    this.ahead = wanted.filter((uid) => uid !== this.current?.assignment).map((uid) => known.get(uid));
    this.end = end;
    if (this.current) this.warm();
    return kept;
  }

  /* The next item, which becomes the current one; null when none is here. */
  take() {
    this.current = this.ahead.shift() ?? null;
    if (this.current) this.current.holder ??= build(this.current.html);
    return this.current;
  }

  /* The current item gives its place to another: it stays the next one, or the last. An answered one just goes. */
  putBack({ last = false } = {}) {
    if (!this.current || this.current.revisited) return this.drop();
    this.holder.append(this.current.holder);
    this.ahead.splice(last ? this.ahead.length : 0, 0, this.current);
    this.current = null;
  }

  /* The current item is done with, or lost. Its words stay for those who want to see it again, its nodes go. */
  drop() {
    if (this.current) this.#discard(this.current);
    this.current = null;
  }

  /* An item of the last answers comes on screen; the current one waits at the head of the line. */
  async open(entry) {
    const item = await this.#fetchAgain(entry);
    this.putBack();
    this.forget(item.assignment);
    Object.assign(item, { revisited: entry.kind === "answered", elapsed: 0 });
    item.holder ??= build(item.html);
    this.current = item;
    return item;
  }

  /* From memory where its words are still here. A skipped one must be claimed anew, unless the skip has not left this
     device. */
  async #fetchAgain(entry) {
    if (entry.item && (entry.kind === "answered" || (await this.outbox.withdraw(entry.submission_key)))) return entry.item;
    const { item, given } = await this.ask("revisit", { assignment: entry.assignment, have: this.have });
    return Object.assign(entry, given, { item: { ...item, holder: null } }).item;
  }

  forget(assignment) {
    this.ahead.filter((item) => item.assignment === assignment).forEach((item) => this.#discard(item));
    this.ahead = this.ahead.filter((item) => item.assignment !== assignment);
  }

  #discard(item) {
    item.holder?.querySelectorAll("video").forEach((video) => {
      video.removeAttribute("src");
      video.load();
    });
    item.holder?.remove();
    item.holder = null;
  }

  /* Fetch what comes next once the shown video has what it needs: poster and head of the video. */
  async warm() {
    if (this.warming) return;
    this.warming = true;
    try {
      await this.#fetchAhead();
    } finally {
      this.warming = false;
    }
  }

  async #fetchAhead() {
    await settled(this.root.querySelector("#rate-item video"), "canplaythrough");
    for (let item; (item = this.ahead.find(({ holder }) => holder === null)); ) {
      if (item.poster) new Image().src = item.poster;
      item.holder = build(item.html);
      if (navigator.connection?.saveData) item.holder.querySelectorAll("video").forEach((video) => (video.preload = "metadata"));
      this.holder.append(item.holder);
      await settled(item.holder.querySelector("video"), "loadeddata");
    }
  }

  /* Other tabs of this rater hold the same line: closing one of them must not give it back. */
  #meet(channel) {
    const rater = this.root.dataset.rater;
    const say = (type) => channel.postMessage({ type, rater, tab: this.#tab });
    const told = {
      hello: ({ tab }) => (this.#others.add(tab), say("here")),
      here: ({ tab }) => this.#others.add(tab),
      bye: ({ tab }) => this.#others.delete(tab),
      answered: ({ assignment }) => (this.forget(assignment), this.hooks.answeredElsewhere(assignment)),
    };
    channel.addEventListener("message", ({ data }) => data.rater === rater && told[data.type]?.(data));
    addEventListener("pageshow", () => say("hello"));
    addEventListener("pagehide", () => {
      say("bye");
      if (this.#others.size === 0) this.#release();
    });
  }

  /* An item was answered or skipped here. */
  tellTabs(assignment) {
    this.outbox.channel.postMessage({ type: "answered", rater: this.root.dataset.rater, assignment });
  }

  /* Leaving: the ones ahead go to whoever comes next. The one on screen stays ours for a while: it may be half done. */
  #release() {
    if (this.ahead.length === 0) return;
    const fields = { assignments: this.ahead.map(({ assignment }) => assignment).join(","), rater: this.root.dataset.rater };
    navigator.sendBeacon(this.root.dataset.releaseUrl, new URLSearchParams({ ...fields, csrfmiddlewaretoken: csrfToken() }));
  }
}
