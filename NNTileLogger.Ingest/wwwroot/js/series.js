// The points of one series, few enough to draw: a page may stay open for a week.

const MOST = 2400;
const BUCKET = 6;

export class Series {
  constructor({ run, tag, kind, last, count }) {
    Object.assign(this, { run, tag, kind, count });
    this.points = [];
    this.best = -Infinity;
    this.bad = null;
    this.version = 0;
    this.hasHistory = false;
    this.latest = null;
    if (last) this.add(last);
  }

  get last() { return this.latest; }

  /** A point that just came. */
  add(p) {
    if (this.latest && p.step <= this.latest.step) return false;
    this.#note(p, this.latest);
    this.points.push(p);
    this.latest = p;
    this.count = Math.max(this.count, p.step);
    if (this.points.length > MOST) this.points = compact(this.points);
    this.version++;
    return true;
  }

  /** The history as the server gives it; what came meanwhile stays behind it. */
  load(history) {
    const tail = history.length ? this.points.filter(p => p.step > history[history.length - 1].step) : this.points;
    this.points = [...history, ...tail];
    this.latest = this.points[this.points.length - 1] ?? null;
    this.bad = null;
    let before = null;
    for (const p of this.points) { this.#note(p, before); before = p; }
    this.hasHistory = true;
    this.version++;
  }

  /** Points of the last so many milliseconds. */
  recent(ms) {
    const from = (this.latest?.time ?? 0) - ms;
    let first = this.points.length;
    while (first > 0 && this.points[first - 1].time >= from) first--;
    return this.points.slice(first);
  }

  // The first step of the newest run of values that are no numbers, and whether it goes on.
  #note(p, before) {
    if (Number.isFinite(p.value)) {
      this.best = Math.max(this.best, p.value);
      if (this.bad && !this.bad.until) this.bad.until = p.step;
    } else if (!this.bad || this.bad.until) {
      this.bad = { value: p.value, step: p.step, time: p.time, before: before && Number.isFinite(before.value) ? before.value : null, until: 0 };
    }
  }
}

// Keeps lowest, highest, last and what is no number of each few; the newest quarter stays as it is.
function compact(points) {
  const kept = [];
  const old = Math.floor(points.length * 3 / 4);
  for (let start = 0; start < old; start += BUCKET) {
    const end = Math.min(start + BUCKET, old);
    let low = -1, high = -1, odd = -1;
    for (let i = start; i < end; i++) {
      if (!Number.isFinite(points[i].value)) { if (odd < 0) odd = i; continue; }
      if (low < 0 || points[i].value < points[low].value) low = i;
      if (high < 0 || points[i].value > points[high].value) high = i;
    }
    for (const i of [...new Set([low, high, odd])].filter(i => i >= 0).sort((a, b) => a - b)) kept.push(points[i]);
  }
  return [...kept, ...points.slice(old)];
}

/** TensorBoard's moving average: debiased, passing over what is no number. */
export function smooth(points, weight) {
  let last = 0, n = 0;
  return points.map(p => {
    if (!Number.isFinite(p.value)) return NaN;
    last = last * weight + (1 - weight) * p.value;
    n++;
    return weight === 0 ? p.value : last / (1 - weight ** n);
  });
}
