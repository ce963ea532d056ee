/* What the rater says: of the item on screen (Form), and of those before it (Recent).

   Every change of the form is a draft: it goes to IndexedDB at once and to the server a moment later, with a revision
   that grows by one; where the two differ the higher revision is shown. The draft goes when the answer is kept
   (outbox.js), so it never stands against an answer. */

import { keyCap, register, showKeys } from "./keys.js";
import { notify, phone, reasonLabel, recentRow, recall, remember, sendOnEnter } from "./panels.js";

const DRAFT_AFTER_MS = 800;
const RECENT_KEPT = 10;
const EMPTY = { level: null, rationale: "", confidence: "", evidence_ms: [] };

export class Form {
  chosen = null;
  evidence = [];
  #item = null;
  #timer = 0;

  /* hooks: pick(level), confirm() on Enter in the rationale, draft(fields) -> sends it */
  constructor(root, drafts, hooks) {
    Object.assign(this, { root, drafts, hooks, teaches: root.dataset.teaches === "true" });
    this.answers = [...root.querySelectorAll(".answer[data-level]")];
    this.rationale = root.querySelector("#rate-rationale");
    this.enters = root.querySelector("#rate-rationale-keys span");
    this.radios = [...root.querySelectorAll("[name=confidence]")];
    if (this.rationale) sendOnEnter(this.rationale, hooks.confirm);
    this.rationale?.addEventListener("input", () => this.keep());
    for (const radio of this.radios) radio.addEventListener("change", () => this.keep());
    this.save = root.querySelector("[data-rate=save]");
    this.auto = root.querySelector("#rate-auto");
    this.auto.checked = this.teaches || recall("auto", "true") !== "false"; /* there each answer is followed by what was right */
    this.auto.addEventListener("change", () => {
      remember("auto", this.auto.checked);
      this.#showSave();
    });
    this.#showSave();
  }

  /* Where an answer does not go on by itself the button keeps its place, so that nothing moves under a thumb. */
  #showSave() {
    const { rationale, confidence } = this.root.dataset;
    this.save.disabled = this.chosen === null || this.#item === null;
    this.save.hidden = this.save.disabled && this.auto.checked && ![rationale, confidence].includes("required");
  }

  get confidence() {
    return this.radios.find((radio) => radio.checked)?.value ?? "";
  }

  get words() {
    return this.rationale?.value.trim() ?? "";
  }

  get values() {
    return { level: this.chosen, rationale: this.rationale?.value ?? "", confidence: this.confidence, evidence_ms: [...this.evidence] };
  }

  /* What a level still needs before it can be saved: "rationale", "confidence" or null. */
  get missing() {
    if (this.root.dataset.confidence === "required" && !this.confidence) return "confidence";
    if (this.root.dataset.rationale === "required" && !this.words) return "rationale";
    return null;
  }

  /* Show what belongs to an item: its newest draft, else `given` (an answer in force), else nothing. */
  show(item, given = null) {
    clearTimeout(this.#timer);
    const local = this.drafts.of(item.assignment);
    const draft = (local?.revision ?? 0) >= (item.draft?.revision ?? 0) ? local : item.draft;
    this.#item = item;
    this.#fill(draft ?? given ?? EMPTY);
    return draft !== undefined && draft !== null;
  }

  clear() {
    clearTimeout(this.#timer);
    this.#item = null;
    this.#fill(EMPTY);
  }

  #fill({ level, rationale, confidence, evidence_ms: evidence }) {
    this.evidence = [...(evidence ?? [])];
    if (this.rationale) this.rationale.value = rationale ?? "";
    for (const radio of this.radios) radio.checked = radio.value === String(confidence ?? "");
    this.#press(level || null);
  }

  #press(level) {
    this.chosen = level;
    for (const button of this.answers) button.setAttribute("aria-pressed", String(button.dataset.level === level));
    this.#showSave();
    if (this.enters) this.enters.textContent = level === null ? "Enter keeps it." : "Enter saves.";
  }

  choose(level) {
    this.#press(level);
    this.keep();
  }

  setEvidence(moments) {
    this.evidence = moments;
    this.keep();
  }

  label(level) {
    return this.answers.find((button) => button.dataset.level === level)?.querySelector("[data-label]").textContent ?? "";
  }

  /* Keep what is here as the item's draft. */
  keep() {
    this.#showSave();
    const item = this.#item;
    if (!item) return;
    const before = this.drafts.of(item.assignment)?.revision ?? 0;
    const revision = Math.max(before, item.draft?.revision ?? 0) + 1;
    const draft = { assignment: item.assignment, revision, ...this.values };
    this.drafts.keep(draft);
    clearTimeout(this.#timer);
    if (!item.revisited) this.#timer = setTimeout(() => this.#send(draft), DRAFT_AFTER_MS);
  }

  async #send(draft) {
    const reply = await this.hooks.draft({ ...draft, level: draft.level ?? "", evidence_ms: draft.evidence_ms.join(",") });
    const here = this.drafts.of(draft.assignment);
    if (reply && here) here.revision = Math.max(here.revision, reply.revision); /* the next one is newer than any other tab's */
  }

  /* The answer is kept, or nothing was changed: the draft is history. */
  answered(item) {
    clearTimeout(this.#timer);
    this.drafts.forget(item.assignment);
    item.draft = null;
  }

  /* The focus goes into the field, where digits and letters are text: that is said, not left to be found out. */
  askFor(missing) {
    const chosen = `${this.label(this.chosen)} is chosen, not saved yet:`;
    const [save, leave] = phone.matches ? ["Save", ""] : ["Enter or Save", " Esc leads back to the answers."];
    if (missing === "confidence") return notify(`${chosen} say how sure you are, then press ${save}.`);
    notify(`${chosen} say why, then press ${save}.${leave}`);
    this.#write();
  }

  /* All of the field comes into view, and no more is moved than that takes. */
  #write() {
    this.rationale.focus({ preventScroll: true });
    this.rationale.parentElement.scrollIntoView({ block: "nearest" });
  }

  askForLevel() {
    if (this.words && document.activeElement === this.rationale) notify("Now choose an answer: what you wrote goes with it.");
    this.rationale?.blur();
  }

  /* The answer as the server takes it, and as the list of the last answers shows it. `given` is the one it corrects. */
  answer({ item, given, key, answer, level = null, reason = "", duration }) {
    const [{ rationale, confidence, evidence_ms }, { assignment, token, title, poster }] = [this.values, item];
    const corrects = given?.kind === "answered";
    const fields = {
      assignment, token: token ?? "", answer, level: level ?? "", reason, confidence, rationale,
      evidence_ms: evidence_ms.join(","), duration_ms: duration, submission_key: key,
      revises: corrects ? given.submission_key : "",
    };
    const said = {
      assignment, title, poster, kind: "answered", answer, level, reason, rationale: rationale.trim(), confidence,
      evidence_ms, submission_key: key, item, corrects,
    };
    return { fields, said };
  }

  skipped(item, key, { reason, note }) {
    const { assignment, token, title, poster } = item;
    const fields = { assignment, token: token ?? "", reason, note, submission_key: key };
    const why = note ? `${reason}: ${note}` : reason;
    return { fields, said: { assignment, title, poster, kind: "skipped", reason: why, submission_key: key, item } };
  }

  /* Whether a level would only say again what stands. */
  repeats(given, level) {
    return (
      given?.kind === "answered" && level !== null && given.level === level && (given.rationale ?? "") === this.words &&
      String(given.confidence ?? "") === this.confidence && String(given.evidence_ms ?? "") === String(this.evidence)
    );
  }

  /* What an entry of the last answers says, in words. */
  wordsOf({ kind, answer, level, reason }) {
    if (kind === "skipped") return reason ? `Skipped: ${reasonLabel("rate-skip", reason)}` : "Skipped";
    if (answer === "cannot_tell") return `Can't tell: ${reasonLabel("rate-cannot-tell", reason)}`;
    return this.label(level) || level;
  }

  /* The confidence one step further, by key. */
  #nextConfidence() {
    const at = this.radios.findIndex((radio) => radio.checked);
    this.radios[(at + 1) % this.radios.length].click();
  }

  registerKeys() {
    const group = "Answer";
    this.answers.forEach((button, index) => {
      const digit = index < 9 ? [String(index + 1)] : [];
      const letter = this.root.dataset.scale === "binary" ? ["positive" in button.dataset ? "y" : "n"] : [];
      const keys = register([...letter, ...digit], this.label(button.dataset.level), () => this.hooks.pick(button.dataset.level), { group });
      showKeys(button, keys, button.querySelector(".answer-keys"));
    });
    if (!this.teaches) {
      register("a", "Go on at once, on or off", () => this.auto.click(), { group });
      showKeys(this.auto, "a", this.auto.parentElement);
    }
    if (this.radios.length > 0) {
      register("h", "How sure: one step further", () => this.#nextConfidence(), { group });
      this.root.querySelector(".rate-confidence legend").append(" ", keyCap("h"));
    }
    if (!this.rationale) return;
    register("w", "Write why, Esc to leave", () => this.#write(), { group });
    this.rationale.labels[0].append(" ", keyCap("w"));
  }
}

/* The last answers, newest first; each opens for editing. */
export class Recent {
  entries = [];
  #rows = new Map();
  #pictures = false;

  /* hooks: open(entry), words(entry) -> what was said, isWaiting(submission key) */
  constructor(hooks) {
    this.hooks = hooks;
    this.list = document.querySelector("#rate-recent ol");
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

  /* Small pictures come after all that the rater waits for. */
  showPictures() {
    this.#pictures = true;
    for (const picture of this.list.querySelectorAll("img:not([src])")) picture.src = picture.parentElement.dataset.poster;
  }

  mark({ submission_key: key, counted }) {
    for (const entry of this.entries) if (entry.submission_key === key) entry.counted = counted;
  }

  after(entry) {
    return this.entries[entry ? this.entries.findIndex(({ assignment }) => assignment === entry.assignment) + 1 : 0];
  }

  /* A row is made anew only where it says something else now: pictures do not blink. The focus stays with its entry. */
  render(shown = this.shown) {
    this.shown = shown;
    const focused = [...this.#rows].find(([, { row }]) => row.contains(document.activeElement))?.[0];
    const rows = this.entries.map((entry) => this.#row(entry));
    if (this.#pictures) this.showPictures();
    for (const assignment of this.#rows.keys()) if (!this.entries.some((entry) => entry.assignment === assignment)) this.#rows.delete(assignment);
    if (rows.some((row, at) => row !== this.list.children[at]) || rows.length !== this.list.children.length) this.list.replaceChildren(...rows);
    if (focused) this.#rows.get(focused)?.row.querySelector("button").focus({ preventScroll: true });
    document.querySelector("#rate-recent [data-none]").hidden = rows.length > 0;
  }

  #row(entry) {
    const said = this.hooks.words(entry);
    const mark = this.hooks.isWaiting(entry.submission_key) ? "waiting" : entry.counted === false ? "not counted" : "";
    const now = this.shown?.assignment === entry.assignment;
    const looks = [entry.title, entry.poster, said, mark, now].join("|");
    const before = this.#rows.get(entry.assignment);
    if (before?.looks === looks) return before.row;
    const row = recentRow(entry, said, mark, now);
    this.#rows.set(entry.assignment, { looks, row });
    return row;
  }
}
