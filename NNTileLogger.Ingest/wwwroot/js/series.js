// The points of one series, few enough to draw: a page may stay open for a week.

import { thin } from "./thin.js";

/** Points that stay at most, by what is drawn of them: a link that nobody chose is only its last value. */
const MOST = { scalar: 2000, memory: 800, worker: 800, bus: 1, unknown: 2000 };
const MOST_OF_CHOSEN = 800;

/** What a worker's sparkline shows. */
export const RECENT = 5 * 60 * 1000;

export class Series {
  #width = 1;

  constructor({ run, tag, kind, last, count }) {
    Object.assign(this, { run, tag, kind, count });
    this.points = [];
    this.best = -Infinity;
    this.bad = null;
    this.version = 0;
    this.hasHistory = false;
    this.hasRecent = false;
    this.latest = null;
    if (last) this.add(last);
  }

  get last() { return this.latest; }

  /** A point that just came. */
  add(p) {
    if (this.latest && p.step <= this.latest.step) return;
    this.#note(p, this.latest);
    this.points.push(p);
    this.latest = p;
    this.count = Math.max(this.count, p.step);
    if (this.points.length > this.#most) this.#thin();
    this.version++;
  }

  /** The history as the server gives it; what came meanwhile stays behind it. */
  load(history) {
    if (history.length > 0) {
      const end = history[history.length - 1].step;
      this.points = [...history, ...this.points.filter(p => p.step > end)];
      this.latest = this.points[this.points.length - 1];
      this.bad = null;
      this.#width = 1;
      let before = null;
      for (const p of this.points) { this.#note(p, before); before = p; }
    }
    this.hasHistory = true;
    if (this.points.length > this.#most) this.#thin();
    this.version++;
  }

  /** Points of the end of the history, closer together than load() had them. */
  loadRecent(points) {
    this.hasRecent = true;
    if (points.length === 0) return;
    const from = points[0].step, end = points[points.length - 1].step;
    this.points = [...this.points.filter(p => p.step < from), ...points, ...this.points.filter(p => p.step > end)];
    this.version++;
  }

  /** Points of the last so many milliseconds. */
  recent(ms) {
    const from = (this.latest?.time ?? 0) - ms;
    let first = this.points.length;
    while (first > 0 && this.points[first - 1].time >= from) first--;
    return this.points.slice(first);
  }

  get #most() { return this.kind === "bus" && this.hasHistory ? MOST_OF_CHOSEN : MOST[this.kind]; }

  #thin() {
    const most = this.#most;
    if (most === 1) { this.points = [this.latest]; return; }
    // Of a worker the last minutes are shown, and what its best was is known.
    if (this.kind === "worker") this.points = this.recent(RECENT);
    if (this.points.length > most * .9) ({ points: this.points, width: this.#width } = thin(this.points, this.#width, most / 2));
  }

  // The first step of the newest run of values that are no numbers, and where it ended. Reduced points have both ends of
  // each such run, but not the number behind it.
  #note(p, before) {
    if (Number.isFinite(p.value)) {
      this.best = Math.max(this.best, p.value);
      if (this.bad && !this.bad.until) this.bad.until = this.bad.end + 1;
    } else if (!this.bad || this.bad.until) {
      this.bad = { value: p.value, step: p.step, time: p.time, before: before && Number.isFinite(before.value) ? before.value : null, end: p.step, until: 0 };
    } else {
      this.bad.end = p.step;
    }
  }
}
