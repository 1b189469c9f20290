// What is wrong, in sentences: on the page with their newest numbers, and said once to screen readers.

import { clock, count, duration, number, parts, scaled } from "./format.js";

const lines = new Map();

/** @returns [{key, bad, head, text}]; the key stays while the same thing is wrong. */
export function find({ training, session, isConnected, troubles, dropped, slowOnes, silence }) {
  const found = [];
  if (!isConnected) found.push({ key: "server", bad: true, head: "The server does not answer.", text: "What you see is as it was; trying again by itself." });
  if (isConnected) {
    for (const reason of troubles) found.push({ key: "trouble", bad: true, head: "The server cannot keep what comes:", text: reason });
    found.push(...drops(dropped));
  }
  if (session?.state === "lost") found.push({ key: `lost ${session.id}`, bad: true, head: "The client is gone without goodbye", text: `since ${clock(Date.parse(session.end ?? session.lastMessage))}; it may come back and go on.` });
  if (session?.state === "stalled" && isConnected) found.push({ key: `stalled ${session.id}`, head: `No message for ${duration(silence)}.`, text: "The training is busy elsewhere, stopped, or cut off." });
  for (const s of training?.all("scalar") ?? []) {
    if (!s.bad) continue;
    const before = s.bad.before === null ? "no finite value came before" : `last finite value ${number(s.bad.before)}`;
    const after = s.bad.until ? `; finite again since step ${count(s.bad.until)}` : "";
    found.push({ key: `${s.tag} ${s.bad.step} ${s.bad.until > 0}`, bad: !s.bad.until, head: `${s.tag} became ${Number.isNaN(s.bad.value) ? "NaN" : s.bad.value > 0 ? "infinite" : "minus infinite"}`, text: `at step ${count(s.bad.step)} (${clock(s.bad.time)}); ${before}${after}.` });
  }
  for (const { series, mean, others, span, kind } of slowOnes) {
    const [now, unit] = scaled(mean, "GFlop/s", "TFlop/s"), [like, likeUnit] = scaled(others, "GFlop/s", "TFlop/s");
    found.push({ key: `slow ${series.run}`, head: `${parts(series.run)[0]} is slow:`, text: `${now} ${unit} over ${duration(span)}, the other ${kind} do ${like} ${likeUnit}.` });
  }
  return found;
}

function drops({ notWritable, tooManySeries }) {
  const found = [], points = n => n === 1 ? "1 point was dropped" : `${count(n)} points were dropped`;
  if (notWritable > 0) found.push({ key: "not writable", bad: true, head: `${points(notWritable)} since the server started:`, text: "the disk took none for longer than memory lasts (BUFFER_MB). They are missing in the files, and their steps are left out." });
  if (tooManySeries > 0) found.push({ key: "too many", head: `${points(tooManySeries)} since the server started:`, text: "a session has more series than MAX_SERIES lets in." });
  return found;
}

export function draw(root, announcer, found) {
  const keys = new Set(found.map(w => w.key));
  for (const [key, line] of lines) if (!keys.has(key)) { line.remove(); lines.delete(key); }
  found.forEach((w, i) => {
    let line = lines.get(w.key);
    if (!line) {
      lines.set(w.key, line = make());
      // What changes every second would be read out every second.
      announcer.textContent = `${w.head} ${w.text}`;
    }
    line.className = w.bad ? "warning bad" : "warning";
    const texts = [w.bad ? "✕ " : "▲ ", w.head, ` ${w.text}`];
    [...line.children].forEach((part, k) => { if (part.textContent !== texts[k]) part.textContent = texts[k]; });
    if (root.children[i] !== line) root.insertBefore(line, root.children[i] ?? null);
  });
}

function make() {
  const line = document.createElement("p"), sign = document.createElement("span");
  sign.setAttribute("aria-hidden", "true");
  line.append(sign, document.createElement("strong"), document.createElement("span"));
  return line;
}
