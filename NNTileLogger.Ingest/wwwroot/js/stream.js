// Server-sent events over fetch: unlike EventSource it comes back after any answer, also after a 503 of a proxy whose
// server is being started again, and notices a connection over which nothing comes any more.

const FIRST_PAUSE = 500, LONGEST_PAUSE = 5000;
/** The server's heart beats each 15 s. */
const SILENCE = 40000;

export class EventStream {
  #stop = new AbortController();
  #cursor = "";
  #wake = () => {};

  /** opened() and broken() come in turns, taken(points) with each event; after ended() nothing follows. */
  constructor(address, { opened, broken, taken, ended }) {
    Object.assign(this, { address, opened, broken, taken, ended });
    this.isOpen = false;
    this.#follow();
  }

  close() {
    this.#stop.abort();
    this.#wake();
  }

  /** The server is known to be there again: no need to wait. */
  hurry() { this.#wake(); }

  async #follow() {
    for (let pause = FIRST_PAUSE; !this.#stop.signal.aborted; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
      try {
        if (await this.#read(() => { pause = FIRST_PAUSE; })) return this.ended();
      } catch (e) {
        if (!this.#stop.signal.aborted) console.warn("the stream broke", e);
      }
      this.isOpen = false;
      if (this.#stop.signal.aborted) return;
      this.broken();
      await new Promise(resolve => { this.#wake = resolve; setTimeout(resolve, pause); });
    }
  }

  // True where the server has said that nothing follows.
  async #read(succeeded) {
    const silence = new AbortController();
    let timer = 0;
    const beat = () => { clearTimeout(timer); timer = setTimeout(() => silence.abort(), SILENCE); };
    beat();
    try {
      const answer = await fetch(this.address, {
        headers: { Accept: "text/event-stream", ...(this.#cursor ? { "Last-Event-ID": this.#cursor } : {}) },
        cache: "no-store", signal: AbortSignal.any([this.#stop.signal, silence.signal]),
      });
      if (!answer.ok) throw new Error(`${this.address} answered ${answer.status}`);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (let part; !(part = await reader.read()).done;) {
        beat();
        if (!this.isOpen) { this.isOpen = true; succeeded(); this.opened(); }
        const events = (text + part.value).split("\n\n");
        text = events.pop();
        for (const event of events) if (this.#dispatch(event)) { reader.cancel(); return true; }
      }
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  #dispatch(event) {
    let name = "message", data = "", id = null;
    for (const line of event.split("\n")) {
      if (line.startsWith("data: ")) data += line.slice(6);
      else if (line.startsWith("event: ")) name = line.slice(7);
      else if (line.startsWith("id: ")) id = line.slice(4);
    }
    if (this.#stop.signal.aborted) return false;
    if (data && name === "message") this.taken(JSON.parse(data));
    // Not before its points are taken in: who breaks off in between asks for them again.
    if (id !== null) this.#cursor = id;
    return name === "end";
  }
}
