// What is wrong, in sentences. The list is touched only when it changes, so that screen readers say each once.

import { clock, count, duration, number, parts, scaled } from "./format.js";

let said = "";

/** @returns [{bad, head, text}] */
export function find({ training, session, isConnected, troubles, slowOnes, silence }) {
  const found = [];
  if (!isConnected) found.push({ bad: true, head: "The server does not answer.", text: "What you see is as it was; trying again by itself." });
  for (const reason of troubles) found.push({ bad: true, head: "The server cannot keep what comes:", text: reason });
  if (session?.state === "lost") found.push({ bad: true, head: "The client is gone without goodbye", text: `since ${clock(Date.parse(session.end))}; it may come back and go on.` });
  if (session?.state === "stalled" && isConnected) found.push({ head: `No message for ${duration(silence)}.`, text: "The training is busy elsewhere, stopped, or cut off." });
  for (const s of training?.all("scalar") ?? []) {
    if (!s.bad) continue;
    const before = s.bad.before === null ? "no finite value came before" : `last finite value ${number(s.bad.before)}`;
    const after = s.bad.until ? `; finite again since step ${count(s.bad.until)}` : "";
    found.push({ bad: !s.bad.until, head: `${s.tag} became ${Number.isNaN(s.bad.value) ? "NaN" : s.bad.value > 0 ? "infinite" : "minus infinite"}`, text: `at step ${count(s.bad.step)} (${clock(s.bad.time)}); ${before}${after}.` });
  }
  for (const { series, mean, others, span, kind } of slowOnes) {
    const [now, unit] = scaled(mean, "GFlop/s", "TFlop/s"), [like, likeUnit] = scaled(others, "GFlop/s", "TFlop/s");
    found.push({ head: `${parts(series.run)[0]} is slow:`, text: `${now} ${unit} over ${duration(span)}, the other ${kind} do ${like} ${likeUnit}.` });
  }
  return found;
}

export function draw(root, found) {
  const text = JSON.stringify(found);
  if (text === said) return;
  said = text;
  root.replaceChildren(...found.map(w => {
    const line = document.createElement("p");
    line.className = w.bad ? "warning bad" : "warning";
    const head = document.createElement("strong");
    head.textContent = w.head;
    line.append(w.bad ? "✕ " : "▲ ", head, ` ${w.text}`);
    return line;
  }));
}
