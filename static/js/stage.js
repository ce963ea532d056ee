/* What is on screen: the item, its video with bar, keys and the moments marked in it as evidence, and how long it was
   looked at. Speed, sound and loop are remembered on this device. Pages on which nobody rates take the player alone
   (look.js). */

import { Presses, register } from "./keys.js";
import { announce, notify, recall, remember, waitingPanel } from "./panels.js";

const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3];
const GUARD_MS = 250; /* the second half of a double click or a double press is no answer to the next item */
const FRAME_S = 1 / 30; /* the browser does not tell the frame rate; most short videos have 30 a second */
const EVIDENCE_KEPT = 20;
const RUSHED_IN_A_ROW = 3;
const RUSHED = `Your last ${RUSHED_IN_A_ROW} answers came sooner than an item can be looked at: such answers count as rushed. Take the time you need. What you said stands, and can still be changed.`;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");

let video = null;
let bar = null;
let tellEvidence = null;
let moments = []; /* ms, in order */

function clock(seconds, decimals = 0) {
  const at = Number.isFinite(seconds) ? seconds : 0;
  const unit = 10 ** decimals;
  const rounded = Math.floor(at * unit + 1e-6) / unit;
  return `${Math.floor(rounded / 60)}:${(rounded % 60).toFixed(decimals).padStart(decimals ? 3 + decimals : 2, "0")}`;
}

function render() {
  bar.toggleAttribute("data-playing", !video.paused);
  bar.toggleAttribute("data-muted", video.muted);
  bar.querySelector("[data-player=loop]")?.setAttribute("aria-pressed", String(video.loop));
  bar.querySelector("[data-player=time]").textContent = `${clock(video.currentTime)} / ${clock(video.duration)}`;
  bar.querySelector("[data-player=speed]").textContent = `${video.playbackRate}×`;
  const seek = bar.querySelector("[data-player=seek]");
  if (Number.isFinite(video.duration)) {
    seek.max = video.duration;
    seek.value = video.currentTime;
    seek.setAttribute("aria-valuetext", `${clock(video.currentTime)} of ${clock(video.duration)}`);
    seek.style.setProperty("--at", `${(100 * video.currentTime) / video.duration}%`);
  }
}

const actions = {
  play: () => (video.paused ? play() : video.pause()),
  mute: () => {
    if ("silent" in video.dataset) return; /* the definition gives judges no sound */
    video.muted = !video.muted;
    remember("muted", video.muted);
  },
  loop: () => {
    video.loop = !video.loop;
    remember("loop", video.loop);
    render();
  },
  slower: () => setSpeed(-1),
  faster: () => setSpeed(1),
  speed: () => setSpeed(0),
  evidence: () => {
    const at = Math.round(video.currentTime * 1000);
    if (!moments.includes(at)) setMoments([...moments, at].sort((a, b) => a - b).slice(0, EVIDENCE_KEPT));
  },
};

/* Browsers refuse sound before the first gesture on the page; the clip then starts silent. */
async function play() {
  const playing = video;
  try {
    await playing.play();
  } catch (error) {
    if (error.name !== "NotAllowedError" || playing.muted) return;
    playing.muted = true;
    await playing.play().catch(() => {});
  }
}

function setSpeed(step) {
  const at = SPEEDS.indexOf(video.playbackRate);
  video.playbackRate = step === 0 ? 1 : SPEEDS[Math.min(Math.max(at + step, 0), SPEEDS.length - 1)];
  remember("speed", video.playbackRate);
}

const seekBy = (seconds) => () => {
  video.currentTime = Math.min(Math.max(video.currentTime + seconds, 0), video.duration || 0);
};
const stepBy = (seconds) => () => {
  video.pause();
  seekBy(seconds)();
};
/* Without a video the key does what it does in any page: Space scrolls a long text. */
const withVideo = (action) => () => (video ? void action() : false);

/* Go to a moment that somebody marked, and play from there. */
export function playFrom(seconds) {
  if (!video) return;
  seekBy(seconds - video.currentTime)();
  play();
}

function setMoments(next) {
  moments = next;
  renderMoments();
  tellEvidence(moments);
}

/* The marked moments as chips: press the time to go there, the cross to take it back. */
function renderMoments() {
  const list = bar.parentElement.querySelector("[data-evidence]");
  const blank = document.getElementById("rate-moment").content.firstElementChild;
  list.replaceChildren(...moments.map((at) => {
    const time = clock(at / 1000, 1);
    const chip = blank.cloneNode(true);
    const [go, drop] = chip.querySelectorAll("button");
    go.textContent = time;
    go.setAttribute("aria-label", `Go to ${time}`);
    drop.setAttribute("aria-label", `Remove the mark at ${time}`);
    go.addEventListener("click", () => stepBy(at / 1000 - video.currentTime)());
    drop.addEventListener("click", () => setMoments(moments.filter((moment) => moment !== at)));
    return chip;
  }));
}

function prepare() {
  const stored = Number(recall("speed", "1"));
  video.defaultPlaybackRate = video.playbackRate = SPEEDS.includes(stored) ? stored : 1;
  video.muted = "silent" in video.dataset || recall("muted", "false") === "true";
  video.loop = recall("loop", "true") === "true";
}

/* Listeners are set once for each video: it may come back from an earlier answer. */
function listen() {
  const mine = video;
  const item = video.closest(".rate-held");
  const current = (action) => (event) => mine === video && action(event);
  for (const name of ["play", "pause", "timeupdate", "durationchange", "ratechange", "volumechange", "seeked"]) {
    video.addEventListener(name, current(render));
  }
  const broken = () => showBroken(item, mine.error !== null || mine.videoWidth === 0); /* width 0: sound without picture */
  for (const name of ["error", "loadeddata"]) video.addEventListener(name, broken);
  if (video.error) video.load(); /* fetched ahead without connection */
  else if (video.readyState >= 2) broken();
  video.addEventListener("click", current(actions.play));
  bar.addEventListener("click", current(({ target }) => actions[target.closest("button")?.dataset.player]?.()));
  bar.querySelector("[data-player=seek]").addEventListener("input", current(({ target }) => {
    video.currentTime = Number(target.value);
  }));
  video.dataset.ready = "";
}

function showBroken(item, isBroken) {
  const note = item.querySelector("[data-broken]");
  if (note) note.hidden = !isBroken;
}

/* Load a video anew that could not be fetched, such as without connection. */
export function reload() {
  if (!video?.error) return;
  showBroken(video.closest(".rate-held"), false);
  video.load();
  if (!stillness.matches) play();
}

/* Take over the video inside `stage`; without one the keys do nothing. `evidence(moments)` is told every change of the
   marked moments [ms]; where nothing can be marked there is none. */
export function attach(stage, { marked = [], evidence = null, plays = true } = {}) {
  detach();
  tellEvidence = evidence;
  video = stage.querySelector("video");
  bar = stage.querySelector("[data-player-bar]");
  if (!video || !bar) {
    video = null;
    return;
  }
  moments = [...marked];
  prepare();
  if (!("ready" in video.dataset)) listen();
  if (evidence) renderMoments();
  render();
  if (plays && !stillness.matches) play();
}

function detach() {
  video?.pause();
  video = null;
}

export function registerPlayerKeys({ marks = true } = {}) {
  const group = "Video";
  register(" ", "Play or pause", withVideo(actions.play), { group });
  register("j", "Back 5 s", withVideo(seekBy(-5)), { group, repeat: true });
  register("l", "Forward 5 s", withVideo(seekBy(5)), { group, repeat: true });
  register(",", "Back one frame", withVideo(stepBy(-FRAME_S)), { group, repeat: true });
  register(".", "Forward one frame", withVideo(stepBy(FRAME_S)), { group, repeat: true });
  register("<", "Slower", withVideo(actions.slower), { group });
  register(">", "Faster", withVideo(actions.faster), { group });
  register("m", "Sound on or off", withVideo(actions.mute), { group });
  register("o", "Loop on or off", withVideo(actions.loop), { group });
  if (marks) register("e", "Mark this moment as evidence", withVideo(actions.evidence), { group });
}

export class Stage {
  item = null; /* on screen */
  given = null; /* the answer it had, where an earlier one is looked at again */
  answeredAt = null; /* when the press began that answered: from then to the next item is measured */
  #rushed = 0; /* answers in a row that count as rushed */
  #since = 0; /* when the look at it began that is going on; the time of a hidden tab does not count */

  constructor(root, form, recent) {
    Object.assign(this, { root, form, recent, place: root.querySelector("#rate-item") });
    this.presses = new Presses(root, GUARD_MS);
    document.addEventListener("visibilitychange", () => {
      if (!this.item) return;
      if (document.hidden) this.item.elapsed += performance.now() - this.#since;
      else this.#since = performance.now();
    });
  }

  /* The item on screen, in a sentence that begins with it. */
  get named() {
    return this.item.title ? `"${this.item.title}"` : "The item before this one";
  }

  /* Milliseconds that the item was looked at. */
  get looked() {
    return Math.round(this.item.elapsed + (document.hidden ? 0 : performance.now() - this.#since));
  }

  /* What to say of the pace of an answer that took so many ms: after a few rushed ones, once in a set on this device. */
  ofPace(duration) {
    this.#rushed = duration < this.item.rushed_below_ms ? this.#rushed + 1 : 0;
    const told = `rushed-${this.root.dataset.rater}-${this.root.dataset.submitUrl}`;
    if (this.#rushed < RUSHED_IN_A_ROW || recall(told, "")) return "";
    remember(told, "told");
    return RUSHED;
  }

  /* Whether a press may answer: it began when the item had been seen. */
  counts(event) {
    return this.item !== null && this.presses.count(event);
  }

  /* Bring an item on screen; resolves once it is painted, with whether it still is there. */
  async show(item, given = null) {
    const focused = document.activeElement;
    this.#leave();
    Object.assign(this, { item, given });
    this.#since = performance.now();
    this.root.dataset.state = "item";
    this.root.ariaBusy = "false";
    this.place.replaceChildren(item.holder);
    scrollTo({ top: 0, behavior: "instant" }); /* on a phone the page scrolls */
    for (const part of this.root.querySelectorAll(".rate-side, .rate-ask")) part.scrollTo({ top: 0, behavior: "instant" });
    const isDraft = this.form.show(item, given);
    attach(this.place, { marked: this.form.evidence, evidence: (moments) => this.form.setEvidence(moments) });
    const earlier = given ? `Looking at it again. You said: ${this.form.wordsOf(given)}.` : "";
    this.#sayAgain(earlier, given);
    notify("");
    announce([item.title || "New item", earlier, isDraft ? "Your draft is back" : ""].filter(Boolean).join(". "));
    const painted = await this.presses.renew();
    if (painted === null || this.item !== item) return false;
    if (focused !== document.body && document.activeElement === document.body) this.focus(); /* what had it is gone */
    if (this.answeredAt !== null) performance.measure("next-item", { start: this.answeredAt, end: painted });
    this.answeredAt = null;
    setTimeout(() => this.item === item && !this.root.dataset.feedback && (this.root.dataset.ready = "true"), GUARD_MS + 5);
    return true;
  }

  /* Where the focus goes when its place is gone: Tab leads on from the item. */
  focus() {
    this.place.tabIndex = -1;
    this.place.focus({ preventScroll: true });
  }

  /* No item is here: the end {state, html}, or a wait for the server. */
  clear(end, outbox) {
    this.#leave();
    Object.assign(this, { item: null, given: null });
    this.form.clear();
    this.#sayAgain("", null);
    this.root.dataset.state = end ? end.state : "waiting";
    this.root.ariaBusy = String(!end);
    if (!end?.html) return this.place.replaceChildren(waitingPanel(outbox, end?.why));
    this.place.innerHTML = end.html;
    announce(this.place.querySelector("h2")?.textContent ?? "");
  }

  #leave() {
    if (this.item) this.item.elapsed = this.looked;
    detach();
    delete this.root.dataset.ready;
  }

  #sayAgain(earlier, given) {
    this.root.querySelector("#rate-again").hidden = !given;
    this.root.querySelector("#rate-again span").textContent = earlier;
    this.recent.render(given);
  }
}
