/* The video of the rating screen: its bar and its keys. Speed and sound are remembered on this device. */

import { register } from "./keys.js";

const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3];
const FRAME_S = 1 / 30; /* the browser does not tell the frame rate; most short videos have 30 a second */

let video = null;
let bar = null;

const recall = (name, fallback) => localStorage.getItem(`labelhub-${name}`) ?? fallback;
const remember = (name, value) => localStorage.setItem(`labelhub-${name}`, String(value));

function clock(seconds) {
  const whole = Math.floor(Number.isFinite(seconds) ? seconds : 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function render() {
  bar.toggleAttribute("data-playing", !video.paused);
  bar.toggleAttribute("data-muted", video.muted);
  bar.querySelector("[data-player=time]").textContent = `${clock(video.currentTime)} / ${clock(video.duration)}`;
  bar.querySelector("[data-player=speed]").textContent = `${video.playbackRate}×`;
  const seek = bar.querySelector("[data-player=seek]");
  if (Number.isFinite(video.duration)) {
    seek.max = video.duration;
    seek.value = video.currentTime;
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
  slower: () => setSpeed(-1),
  faster: () => setSpeed(1),
  speed: () => setSpeed(0),
};

/* Browsers refuse sound before the first gesture on the page; the clip then starts silent. */
async function play() {
  const playing = video;
  try {
    await playing.play();
  } catch (error) {
    if (error.name !== "NotAllowedError" || playing.muted) return;
    playing.muted = true;
    await playing.play();
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
const withVideo = (action) => () => video && action();

/* Take over the video inside `root`; without one the keys do nothing. */
export function attach(root) {
  video = root.querySelector("video");
  bar = root.querySelector("[data-player-bar]");
  if (!video || !bar) {
    video = null;
    return;
  }
  const stored = Number(recall("speed", "1"));
  video.defaultPlaybackRate = video.playbackRate = SPEEDS.includes(stored) ? stored : 1;
  video.muted = "silent" in video.dataset || recall("muted", "false") === "true";
  for (const name of ["play", "pause", "timeupdate", "durationchange", "ratechange", "volumechange", "seeked"]) {
    video.addEventListener(name, ({ currentTarget }) => currentTarget === video && render());
  }
  video.addEventListener("click", actions.play);
  bar.addEventListener("click", ({ target }) => actions[target.closest("button")?.dataset.player]?.());
  bar.querySelector("[data-player=seek]").addEventListener("input", ({ target }) => {
    video.currentTime = Number(target.value);
  });
  render();
  play();
}

export function registerPlayerKeys() {
  const group = "Video";
  register(" ", "Play or pause", withVideo(actions.play), { group });
  register("j", "Back 5 s", withVideo(seekBy(-5)), { group, repeat: true });
  register("l", "Forward 5 s", withVideo(seekBy(5)), { group, repeat: true });
  register(",", "Back one frame", withVideo(stepBy(-FRAME_S)), { group, repeat: true });
  register(".", "Forward one frame", withVideo(stepBy(FRAME_S)), { group, repeat: true });
  register("<", "Slower", withVideo(actions.slower), { group });
  register(">", "Faster", withVideo(actions.faster), { group });
  register("m", "Sound on or off", withVideo(actions.mute), { group });
}

/* Fetch what the next item will show. */
export function preload({ video, poster } = {}) {
  if (poster) new Image().src = poster;
  if (video) Object.assign(document.createElement("video"), { preload: "auto", muted: true, src: video });
}
