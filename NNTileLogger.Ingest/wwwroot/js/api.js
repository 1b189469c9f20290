// The server's HTTP API. Addresses are relative, so that the page works below any path.

const numbers = { NaN: NaN, Infinity: Infinity, "-Infinity": -Infinity };

/** JSON has no NaN and no infinity: they come as strings. */
export const value = v => typeof v === "string" ? numbers[v] ?? NaN : v;

export const point = p => ({ step: p.step, time: Date.parse(p.time), value: value(p.value) });

const session = id => `api/sessions/${encodeURIComponent(id)}`;

async function get(address, signal) {
  const answer = await fetch(address, { signal, cache: "no-store" });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return answer.json();
}

export const sessions = () => get("api/sessions", AbortSignal.timeout(10000));
export const server = () => get("api/server");
export const series = (id, signal) => get(`${session(id)}/series`, signal);
export const exportAddress = (id, kind) => `${session(id)}/export.${kind}`;
export const streamAddress = id => `${session(id)}/stream`;

export async function data(id, run, tag, points, signal) {
  const query = new URLSearchParams({ run, tag, points });
  return (await get(`${session(id)}/data?${query}`, signal)).map(point);
}

/** What keeps the server from writing, in words; empty where nothing does. */
export async function troubles() {
  const answer = await fetch("health", { cache: "no-store", signal: AbortSignal.timeout(10000) });
  return (await answer.json()).reasons ?? [];
}
