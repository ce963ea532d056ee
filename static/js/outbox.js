/* What this device keeps until the server has it, in IndexedDB: answers, skips and flags on their way (`answers`), what
   the server would not take (`refused`), and what was written but not yet answered (`drafts`).

   An entry is stored before it is sent and leaves only when the server has confirmed or refused it, so a closed tab, a
   crash or a lost connection loses none. Replays carry the same submission_key: the server stores it once however often
   it arrives. Entries go out oldest first, one at a time over all tabs.

   An entry: { key: submission_key, rater, kind: "submit" | "skip" | "flag", url, fields: {name: string},
     about: {title, said} for people, queuedAt: ms since the epoch, never decreasing }. */

import { post, Refused, SignedOut, Unreachable } from "./http.js";

const DATABASE = "labelhub-outbox";
const VERSION = 2;
const STORES = { answers: "key", refused: "key", drafts: "assignment" };
const REFUSED_KEPT = 100;
const DRAFTS_KEPT = 200;
const LAST_WORDS = "labelhub-last-words";
const RETRY_MS = [1000, 2000, 5000, 10_000, 30_000];
const STEAL_AFTER_MS = 45_000; /* a tab that the system has put to sleep may hold the lock: a replay harms nobody */

let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, VERSION);
    opening.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) {
        if (!opening.result.objectStoreNames.contains(name)) opening.result.createObjectStore(name, { keyPath });
      }
    };
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const forget = () => (opened = null);
      opening.result.onclose = forget;
      opening.result.onversionchange = () => forget(opening.result.close());
      resolve(opening.result);
    };
  }).catch((error) => {
    opened = null;
    throw error;
  });
  return opened;
}

/* One transaction over all stores; the result of the request that `action` returns, once all is committed. */
async function stored(mode, action) {
  const transaction = (await database()).transaction(Object.keys(STORES), mode);
  const stores = Object.fromEntries(Object.keys(STORES).map((name) => [name, transaction.objectStore(name)]));
  return new Promise((resolve, reject) => {
    transaction.onabort = () => reject(transaction.error);
    const request = action(stores);
    transaction.oncomplete = () => resolve(request?.result);
  });
}

/* One request of this browser at a time that changes what the server holds for us, so that replies come in order. */
export async function exclusively(work) {
  let begun = false;
  const begin = () => ((begun = true), work());
  try {
    return await navigator.locks.request(DATABASE, { signal: AbortSignal.timeout(STEAL_AFTER_MS) }, begin);
  } catch (error) {
    if (begun) throw error;
    return navigator.locks.request(DATABASE, { steal: true }, work);
  }
}

export class Outbox {
  waiting = []; /* this rater's entries, oldest first: what IndexedDB holds */
  refused = []; /* newest first */
  condition = "ok"; /* ok | offline | trouble (the server fails over an answer) | signed-out | other-person */
  #failures = 0;
  #timer = 0;
  #sending = false;
  #aside = new Set(); /* assignments whose entry makes the server fail: the others need not wait for it */

  /* hooks: prepare(entry) -> fields to add, reply(entry, reply), refusal(entry, error), change(), wake() */
  constructor(rater, hooks) {
    this.rater = rater;
    this.hooks = hooks;
    this.channel = new BroadcastChannel(DATABASE);
    this.channel.addEventListener("message", ({ data }) => data.type === "outbox" && this.load());
  }

  async load() {
    const mine = (entries) => entries.filter((entry) => entry.rater === this.rater);
    this.waiting = mine(await stored("readonly", ({ answers }) => answers.getAll()));
    this.waiting.sort((a, b) => a.queuedAt - b.queuedAt);
    this.refused = mine(await stored("readonly", ({ refused }) => refused.getAll()));
    this.refused.sort((a, b) => b.refusedAt - a.refusedAt);
    this.hooks.change();
  }

  has(key) {
    return this.waiting.some((entry) => entry.key === key);
  }

  /* Whether an item is answered or skipped here, though the server does not know it yet. */
  holds(assignment) {
    return this.waiting.some(({ kind, fields }) => kind !== "flag" && fields.assignment === assignment);
  }

  /* Keep an entry and send it soon. The draft of an answered item goes in the same moment, so that it can never stand
     against the answer. */
  async add(entry) {
    const after = (this.waiting.at(-1)?.queuedAt ?? 0) + 1;
    const kept = { ...entry, rater: this.rater, queuedAt: Math.max(Date.now(), after) };
    await stored("readwrite", ({ answers, drafts }) => {
      if (entry.kind === "submit") drafts.delete(entry.fields.assignment);
      return answers.put(kept);
    });
    this.waiting.push(kept);
    this.#changed();
    this.send();
  }

  /* Take an entry back before it is sent; false where it is on its way or gone. */
  withdraw(key) {
    return navigator.locks.request(DATABASE, { ifAvailable: true }, async (lock) => {
      if (!lock || !this.has(key)) return false;
      await this.#remove(key);
      return true;
    });
  }

  /* Send what waits until nothing does or it cannot go on. Safe to call at any moment. */
  async send() {
    clearTimeout(this.#timer);
    if (this.#sending) return;
    this.#sending = true;
    this.#aside.clear();
    try {
      while (this.waiting.length > 0 && (await exclusively(() => this.#sendOldest())));
    } catch (error) {
      console.error(error); /* storage failed, or another tab took over: what waits is kept */
      this.failed(new Unreachable("sending was interrupted", { cause: error }));
    } finally {
      this.#sending = false;
    }
    if (this.#aside.size > 0) this.#tryLater("trouble");
    else if (this.waiting.length > 0 && this.condition === "ok") return this.send(); /* added at the last moment */
  }

  async #sendOldest() {
    await this.load(); /* another tab may have sent it meanwhile */
    const entry = this.waiting.find((each) => !this.#isAside(each));
    if (!entry) return false;
    let reply;
    try {
      const fields = { ...entry.fields, ...this.hooks.prepare(entry), rater: this.rater };
      reply = await post(entry.url, fields, { keepalive: true });
    } catch (error) {
      return this.#notSent(entry, error);
    }
    await this.#remove(entry.key);
    this.reached();
    this.hooks.reply(entry, reply);
    return true;
  }

  /* Whether to go on with the next entry. */
  async #notSent(entry, error) {
    if (error instanceof Refused) {
      await this.#keepRefused(entry, error);
      this.reached();
      this.hooks.refusal(entry, error);
      return true;
    }
    if (error.status === 500) {
      this.#aside.add(entry.fields.assignment);
      return true;
    }
    this.failed(error);
    return false;
  }

  async #remove(key) {
    await stored("readwrite", ({ answers }) => answers.delete(key));
    this.waiting = this.waiting.filter((entry) => entry.key !== key);
    this.#changed();
  }

  async #keepRefused(entry, error) {
    const kept = { ...entry, message: error.message, code: error.reply.error, refusedAt: Date.now() };
    this.waiting = this.waiting.filter(({ key }) => key !== entry.key);
    this.refused.unshift(kept);
    const tooOld = this.refused.splice(REFUSED_KEPT);
    await stored("readwrite", ({ answers, refused }) => {
      for (const { key } of tooOld) refused.delete(key);
      refused.put(kept);
      return answers.delete(entry.key);
    });
    this.#changed();
  }

  async forgetRefused(key) {
    this.refused = this.refused.filter((entry) => entry.key !== key);
    await stored("readwrite", ({ refused }) => refused.delete(key));
    this.#changed();
  }

  /* Every request of the screen tells how it went, so that the state line and the next try fit. */
  reached() {
    const isBack = ["signed-out", "other-person"].includes(this.condition);
    this.#failures = 0;
    this.#setCondition(this.waiting.some((entry) => this.#isAside(entry)) ? "trouble" : "ok");
    if (isBack) this.send(); /* signed in elsewhere */
  }

  failed(error) {
    if (error instanceof SignedOut) return this.#setCondition(error.other ? "other-person" : "signed-out");
    if (!(error instanceof Unreachable)) throw error;
    this.#tryLater("offline");
  }

  #tryLater(condition) {
    this.#setCondition(condition);
    clearTimeout(this.#timer);
    const pause = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)];
    this.#timer = setTimeout(() => this.retry(), pause * (0.8 + 0.4 * Math.random()));
  }

  /* The connection, the window or the session may be back: try at once, and often again. */
  async retry({ eager = false } = {}) {
    if (eager) this.#failures = 0;
    await this.send();
    if (this.waiting.every((entry) => this.#isAside(entry))) this.hooks.wake();
  }

  #isAside({ fields }) {
    return this.#aside.has(fields.assignment);
  }

  #setCondition(condition) {
    this.condition = condition;
    this.hooks.change();
  }

  #changed() {
    this.hooks.change();
    this.channel.postMessage({ type: "outbox" });
  }
}

/* A draft: { assignment, rater, revision, level, rationale, confidence, evidence_ms, at: ms since the epoch }. */
export class Drafts {
  #kept = new Map(); /* assignment -> draft */
  #unwritten = null; /* the one that IndexedDB does not have yet */
  #isWriting = false;

  constructor(rater) {
    this.rater = rater;
    /* A page that goes ends its transactions; what is written by then is not lost with them. */
    addEventListener("pagehide", () => this.#unwritten && localStorage.setItem(LAST_WORDS, JSON.stringify(this.#unwritten)));
  }

  async load() {
    const last = JSON.parse(localStorage.getItem(LAST_WORDS) ?? "null");
    localStorage.removeItem(LAST_WORDS);
    const all = await stored("readonly", ({ drafts }) => drafts.getAll());
    const mine = all.filter(({ rater }) => rater === this.rater).sort((a, b) => b.at - a.at);
    for (const { assignment } of mine.splice(DRAFTS_KEPT)) await stored("readwrite", ({ drafts }) => drafts.delete(assignment));
    this.#kept = new Map(mine.map((draft) => [draft.assignment, draft]));
    if (last?.rater === this.rater && last.revision > (this.of(last.assignment)?.revision ?? 0)) this.keep(last);
  }

  of(assignment) {
    return this.#kept.get(assignment);
  }

  /* One write at a time, of what stands then: whoever types fast is never far ahead of it. */
  async keep(draft) {
    this.#unwritten = { ...draft, rater: this.rater, at: Date.now() };
    this.#kept.set(draft.assignment, this.#unwritten);
    if (this.#isWriting) return;
    this.#isWriting = true;
    while (this.#unwritten) {
      const now = this.#unwritten;
      await stored("readwrite", ({ drafts }) => drafts.put(now)).catch(() => {}); /* the server keeps it too */
      if (this.#unwritten === now) this.#unwritten = null;
    }
    this.#isWriting = false;
  }

  /* `Outbox.add` has taken it out together with the answer; a write that was under way may have put it back. */
  forget(assignment) {
    if (this.#unwritten?.assignment === assignment) this.#unwritten = null;
    this.#kept.delete(assignment);
    stored("readwrite", ({ drafts }) => drafts.delete(assignment)).catch(() => {});
  }
}
