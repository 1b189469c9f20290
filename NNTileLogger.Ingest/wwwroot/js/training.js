// All series of the session that is shown, filled from the API and followed over its stream.

import * as api from "./api.js";
import { RECENT, Series } from "./series.js";
import { EventStream } from "./stream.js";

const HISTORY = { scalar: 1000, memory: 300, worker: 100, bus: 300 };
const SPARK = 160;
/** A browser opens six connections to a server at most: the stream and the polls need theirs. */
const AT_ONCE = 3;
const RATE_OVER = 5000;

export class Training {
  #series = new Map();
  #abort = new AbortController();
  #stream = null;
  #wasOpen = false;
  #learning = null;

  constructor(id, { changed, ended }) {
    Object.assign(this, { id, changed, ended });
    this.heard = 0;
    this.received = [];
    this.isLoaded = false;
    this.needsLoad = false;
    this.brokenSince = 0;
  }

  all(kind) { return [...this.#series.values()].filter(s => s.kind === kind); }

  find(run, tag) { return this.#series.get(key(run, tag)); }

  get isEmpty() { return this.#series.size === 0; }

  get isListening() { return this.#stream !== null; }

  /** Opens the stream first, then loads: what comes in between is there twice, and counted once. */
  listen() {
    this.#stream = new EventStream(api.streamAddress(this.id), {
      opened: () => {
        this.brokenSince = 0;
        // Later the stream goes on behind the last event: nothing else is needed.
        if (!this.#wasOpen) this.load();
        this.#wasOpen = true;
        this.changed();
      },
      broken: () => { this.brokenSince ||= performance.now(); this.changed(); },
      taken: points => this.#take(points),
      ended: () => { this.#stream = null; this.#wasOpen = false; this.brokenSince = 0; this.#learn(); this.ended(); },
    });
  }

  hurry() { if (this.brokenSince) this.#stream?.hurry(); }

  close() {
    this.#abort.abort();
    this.#stream?.close();
  }

  #take(points) {
    if (points.length === 0) return;
    this.heard = performance.now();
    this.received.push([this.heard, points.length]);
    while (this.received[0][0] < this.heard - RATE_OVER) this.received.shift();
    let isNew = false;
    for (const p of points) {
      let series = this.#series.get(key(p.run, p.tag));
      if (!series) {
        // The server knows kinds; until it has told them, a new series waits unseen.
        series = new Series({ run: p.run, tag: p.tag, kind: "unknown", count: p.step });
        this.#series.set(key(p.run, p.tag), series);
        isNew = true;
      }
      series.add(api.point(p));
    }
    if (isNew && this.isLoaded) this.#learn();
    this.changed();
  }

  // Once more where further ones came while it was asked.
  async #learn() {
    if (this.#learning) { this.#learning.again = true; return; }
    const turn = this.#learning = { again: true };
    while (turn.again) {
      turn.again = false;
      await this.#guarded(() => this.#loadSeries());
    }
    this.#learning = null;
    this.changed();
  }

  async #loadSeries() {
    for (const s of await api.series(this.id, this.#abort.signal)) {
      const known = this.find(s.run, s.tag), last = api.point(s.last);
      if (!known) this.#series.set(key(s.run, s.tag), new Series({ ...s, last }));
      else { known.kind = s.kind; known.count = Math.max(known.count, s.count); known.add(last); }
    }
  }

  async load() {
    await this.#guarded(async () => {
      await this.#loadSeries();
      this.isLoaded = true;
      this.changed();
      const order = { scalar: 0, worker: 1, memory: 2, bus: 3 };
      const wanted = [...this.#series.values()].filter(s => s.kind in order && (s.kind !== "bus" || s.hasHistory))
        .sort((a, b) => order[a.kind] - order[b.kind]);
      await Promise.all(Array.from({ length: AT_ONCE }, async () => {
        for (let s; (s = wanted.shift());) await this.loadHistory(s);
      }));
      // What came for the first time meanwhile.
      if ([...this.#series.values()].some(s => s.kind === "unknown")) this.#learn();
    });
  }

  async loadHistory(series) {
    series.load(await api.data(this.id, series, { points: HISTORY[series.kind] }, this.#abort.signal));
    series.hasRecent = series.points.length >= series.count;
    this.changed();
  }

  /** The last minutes of workers whose history is too long to show them; for those that are on the screen. */
  async loadRecent(workers) {
    const wanted = workers.filter(s => s.hasHistory && !s.hasRecent);
    for (const s of wanted) s.hasRecent = true;
    await this.#guarded(async () => {
      for (const s of wanted) {
        const [first, last] = [s.points[0], s.latest];
        const rate = (last.step - first.step) / Math.max(1, last.time - first.time);
        const from = Math.max(1, Math.floor(last.step - rate * RECENT));
        s.loadRecent(await api.data(this.id, s, { from, points: SPARK }, this.#abort.signal));
        this.changed();
      }
    });
  }

  async #guarded(work) {
    try {
      await work();
    } catch (e) {
      if (this.#abort.signal.aborted) return;
      // The server is away, or came back in between: the poll of the sessions says so, and asks again.
      this.needsLoad = true;
      console.warn("cannot load", e);
    }
  }

  get pointsPerSecond() {
    const from = performance.now() - RATE_OVER;
    return this.received.filter(([at]) => at >= from).reduce((sum, [, n]) => sum + n, 0) / RATE_OVER * 1000;
  }
}

const key = (run, tag) => `${run}\u0000${tag}`;
