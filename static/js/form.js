/* What the rater has chosen, marked and written about the item on screen, and its draft.

   Every change goes to IndexedDB at once and to the server a moment later, with a revision that grows by one; where the
   two differ the higher revision is shown. The draft goes when the answer is kept (outbox.js), so it never stands
   against an answer. */

import { keyCap, register, showKeys } from "./keys.js";
import { stored } from "./outbox.js";
import { reasonLabel, sendOnEnter } from "./panels.js";

const DRAFT_AFTER_MS = 800;
const DRAFTS_KEPT = 200;
const EMPTY = { level: null, rationale: "", confidence: "", evidence_ms: [] };

export class Form {
  chosen = null;
  evidence = [];
  #drafts = new Map(); /* assignment -> draft, as IndexedDB holds them */
  #item = null;
  #timer = 0;

  /* hooks: pick(level), confirm() on Enter in the rationale, changed(), draft(fields) -> sends it */
  constructor(root, hooks) {
    Object.assign(this, { root, hooks });
    this.answers = [...root.querySelectorAll(".answer[data-level]")];
    this.rationale = root.querySelector("#rate-rationale");
    this.radios = [...root.querySelectorAll("[name=confidence]")];
    if (this.rationale) sendOnEnter(this.rationale, hooks.confirm);
    this.rationale?.addEventListener("input", () => this.keep());
    for (const radio of this.radios) radio.addEventListener("change", () => this.keep());
  }

  async load(rater) {
    this.rater = rater;
    const mine = (await stored("readonly", ({ drafts }) => drafts.getAll())).filter((draft) => draft.rater === rater);
    mine.sort((a, b) => b.at - a.at);
    const tooOld = mine.splice(DRAFTS_KEPT);
    if (tooOld.length > 0) {
      await stored("readwrite", ({ drafts }) => void tooOld.forEach(({ assignment }) => drafts.delete(assignment)));
    }
    this.#drafts = new Map(mine.map((draft) => [draft.assignment, draft]));
  }

  get confidence() {
    return this.radios.find((radio) => radio.checked)?.value ?? "";
  }

  get words() {
    return this.rationale?.value.trim() ?? "";
  }

  get values() {
    const { chosen: level, confidence, evidence } = this;
    return { level, rationale: this.rationale?.value ?? "", confidence, evidence_ms: [...evidence] };
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
    const local = this.#drafts.get(item.assignment);
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
    this.hooks.changed();
  }

  choose(level) {
    this.#press(level);
    this.keep();
  }

  /* Press the level shown without making it a draft: it is on its way as an answer. */
  mark(level) {
    clearTimeout(this.#timer);
    this.#press(level);
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
    this.hooks.changed();
    const item = this.#item;
    if (!item) return;
    const before = this.#drafts.get(item.assignment)?.revision ?? 0;
    const revision = Math.max(before, item.draft?.revision ?? 0) + 1;
    const draft = { assignment: item.assignment, revision, ...this.values };
    this.#store({ ...draft, rater: this.rater, at: Date.now() });
    clearTimeout(this.#timer);
    if (!item.revisited) this.#timer = setTimeout(() => this.#send(item, draft), DRAFT_AFTER_MS);
  }

  #store(draft) {
    this.#drafts.set(draft.assignment, draft);
    return stored("readwrite", ({ drafts }) => drafts.put(draft)).catch(() => {}); /* the server keeps it too */
  }

  async #send(item, draft) {
    const stored = await this.hooks.draft({ ...draft, level: draft.level ?? "", evidence_ms: draft.evidence_ms.join(",") });
    if (stored && stored.revision > draft.revision) item.draft = { ...item.draft, revision: stored.revision };
  }

  /* The answer is kept: its draft is history. */
  answered(item) {
    clearTimeout(this.#timer);
    this.#drafts.delete(item.assignment);
    item.draft = null;
  }

  /* The answer as the server takes it, and as the list of the last answers shows it. `given` is the one it corrects. */
  answer({ item, given, key, answer, level = null, reason = "", duration }) {
    const { rationale, confidence, evidence_ms } = this.values;
    const { assignment, token, title, poster } = item;
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
    if (this.radios.length > 0) {
      register("h", "How sure: one step further", () => this.#nextConfidence(), { group });
      this.root.querySelector(".rate-confidence legend").append(" ", keyCap("h"));
    }
    if (this.rationale) register("w", "Write why, Esc to leave", () => this.rationale.focus(), { group });
  }
}
