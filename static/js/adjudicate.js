/* The video of an adjudicated item: moments that raters marked, and the keys of the rating screen for playing. */

import { register } from "./keys.js";

const video = () => document.querySelector(".case-stage video");

function seek(seconds) {
  const clip = video();
  if (!clip) return;
  clip.currentTime = Math.min(Math.max(seconds, 0), clip.duration || seconds);
}

document.addEventListener("click", ({ target }) => {
  const mark = target.closest("[data-seek]");
  if (!mark) return;
  seek(Number(mark.dataset.seek) / 1000);
  video()?.play();
});

const group = "Video";
register(" ", "Play or pause", () => (video()?.paused ? video().play() : video()?.pause()), { group });
register("j", "Back 5 s", () => seek((video()?.currentTime ?? 0) - 5), { group, repeat: true });
register("l", "Forward 5 s", () => seek((video()?.currentTime ?? 0) + 5), { group, repeat: true });
