/* Milliseconds an item was looked at: the time of a hidden tab does not count. */
export const stopwatch = {
  total: 0,
  since: 0,
  start() {
    this.total = 0;
    this.since = performance.now();
  },
  turn() {
    if (document.hidden) this.total += performance.now() - this.since;
    else this.since = performance.now();
  },
  read() {
    return Math.round(this.total + (document.hidden ? 0 : performance.now() - this.since));
  },
};

document.addEventListener("visibilitychange", () => stopwatch.turn());
