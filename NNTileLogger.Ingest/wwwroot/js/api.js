// The server's HTTP API. Addresses are relative, so that the page works below any path.

const PATIENCE = 10000, PATIENCE_WITH_FILES = 60000;
const numbers = { NaN: NaN, Infinity: Infinity, "-Infinity": -Infinity };

/** JSON has no NaN and no infinity: they come as strings. */
const value = v => typeof v === "string" ? numbers[v] ?? NaN : v;

export const point = p => ({ step: p.step, time: Date.parse(p.time), value: value(p.value) });

const session = id => `api/sessions/${encodeURIComponent(id)}`;

const ask = (address, patience, signal) =>
  fetch(address, { cache: "no-store", signal: signal ? AbortSignal.any([signal, AbortSignal.timeout(patience)]) : AbortSignal.timeout(patience) });

async function get(address, patience = PATIENCE, signal = undefined) {
  const answer = await ask(address, patience, signal);
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return answer.json();
}

/** @returns {all, lead}: the sessions, and by how much this machine's clock is ahead of the server's. */
export async function sessions() {
  const before = Date.now();
  const answer = await ask("api/sessions", PATIENCE);
  if (!answer.ok) throw new Error(`the sessions' answer is ${answer.status}`);
  // A proxy passes the server's time on; it is cut to whole seconds.
  const told = Date.parse(answer.headers.get("Date") ?? ""), lead = (before + Date.now()) / 2 - told - 500;
  return { all: await answer.json(), lead: Math.abs(lead) > 1500 ? lead : 0 };
}

export const server = () => get("api/server");
export const series = (id, signal) => get(`${session(id)}/series`, PATIENCE_WITH_FILES, signal);
export const exportAddress = (id, kind) => `${session(id)}/export.${kind}`;
export const streamAddress = id => `${session(id)}/stream`;

export async function data(id, { run, tag }, what, signal) {
  const query = new URLSearchParams({ run, tag, ...what });
  return (await get(`${session(id)}/data?${query}`, PATIENCE_WITH_FILES, signal)).map(point);
}

/** What keeps the server from writing, in words; empty where nothing does. */
export async function troubles() {
  const answer = await ask("health", PATIENCE);
  return (await answer.json()).reasons ?? [];
}
