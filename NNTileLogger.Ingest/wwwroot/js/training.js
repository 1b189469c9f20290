// All series of the session that is shown, filled from the API and followed over its stream.

import * as api from "./api.js";
import { Series } from "./series.js";

const HISTORY = 1000;
const SPARK = 300;
const AT_ONCE = 6;

export class Training {
  #series = new Map();
  #abort = new AbortController();
  #source = null;
  #opened = 0;

  constructor(id, { changed, connection, ended }) {
    Object.assign(this, { id, changed, connection, ended });
    this.heard = 0;
    this.received = [];
    this.isLoaded = false;
  }

  all(kind) { return [...this.#series.values()].filter(s => s.kind === kind); }

  find(run, tag) { return this.#series.get(key(run, tag)); }

  get isEmpty() { return this.#series.size === 0; }

  /** Opens the stream first, then loads: what comes in between is there twice, and counted once. */
  start(isOpen) {
    if (isOpen) this.#listen();
    else this.load();
  }

  close() {
    this.#abort.abort();
    this.#source?.close();
  }

  #listen() {
    const source = this.#source = new EventSource(api.streamAddress(this.id));
    source.onopen = () => { this.connection(true); if (this.#opened++ === 0) this.load(); else this.#fillGap(); };
    source.onerror = () => this.connection(false);
    source.onmessage = event => this.#take(JSON.parse(event.data));
    source.addEventListener("end", () => { source.close(); this.load(); this.ended(); });
  }

  // After a restart of the server the stream itself may not reach back far enough.
  #fillGap() { this.load(); }

  #take(points) {
    if (points.length === 0) return;
    this.heard = performance.now();
    this.received.push([this.heard, points.length]);
    while (this.received.length && this.received[0][0] < this.heard - 5000) this.received.shift();
    let isNew = false;
    for (const p of points) {
      let series = this.#series.get(key(p.run, p.tag));
      if (!series) {
        series = new Series({ run: p.run, tag: p.tag, kind: this.#kindOf(p), count: p.step });
        this.#series.set(key(p.run, p.tag), series);
        isNew = true;
      }
      series.add(api.point(p));
    }
    if (isNew && this.isLoaded) this.#learnKinds();
    this.changed();
  }

  // The server knows kinds; until it has told them, a new series waits unseen.
  #kindOf(p) { return p.run === p.tag ? "scalar" : "unknown"; }

  async #learnKinds() {
    await this.#guarded(async () => {
      for (const s of await api.series(this.id, this.#abort.signal)) this.#merge(s);
    });
  }

  #merge(s) {
    const known = this.#series.get(key(s.run, s.tag));
    const last = api.point(s.last);
    if (!known) this.#series.set(key(s.run, s.tag), new Series({ ...s, last }));
    else { known.kind = s.kind; known.count = Math.max(known.count, s.count); known.add(last); }
  }

  async load() {
    await this.#guarded(async () => {
      for (const s of await api.series(this.id, this.#abort.signal)) this.#merge(s);
      this.isLoaded = true;
      this.changed();
      const order = { scalar: 0, worker: 1, memory: 2 };
      const wanted = [...this.#series.values()].filter(s => s.kind in order || (s.kind === "bus" && s.hasHistory))
        .sort((a, b) => (order[a.kind] ?? 3) - (order[b.kind] ?? 3));
      await Promise.all(Array.from({ length: AT_ONCE }, async () => {
        for (let s; (s = wanted.shift());) await this.loadHistory(s);
      }));
    });
  }

  async loadHistory(series) {
    series.load(await api.data(this.id, series.run, series.tag, series.kind === "scalar" ? HISTORY : SPARK, this.#abort.signal));
    this.changed();
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
    const from = performance.now() - 5000;
    return this.received.filter(([at]) => at >= from).reduce((sum, [, n]) => sum + n, 0) / 5;
  }
}

const key = (run, tag) => `${run}\u0000${tag}`;
