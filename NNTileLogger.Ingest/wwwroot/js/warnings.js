// What is wrong, in sentences: on the page with their newest numbers, and said once to screen readers.

import { clock, count, duration, fixed, natural, number, parts, scaled } from "./format.js";

/** Of each kind so many are said; the rest is a list to open: hundreds of curves may go wrong together. */
const MOST = 4;
/** Messages that screen readers have not read yet are not taken away. */
const MOST_ANNOUNCED = 20;

const shown = new Map(), folds = new Map();

/** @returns [{key, kind, bad, head, text}]; the key stays while the same thing is wrong. */
export function find({ training, session, isConnected, troubles, dropped, slowOnes, silence }) {
  const found = [];
  if (!isConnected) found.push({ key: "server", bad: true, head: "The server does not answer.", text: "What you see is as it was; trying again by itself." });
  if (isConnected) {
    for (const [i, reason] of troubles.entries()) found.push({ key: `trouble ${i}`, bad: true, head: "The server cannot keep what comes:", text: reason });
    found.push(...drops(dropped));
  }
  if (session?.state === "lost") found.push({ key: `lost ${session.id}`, bad: true, head: "The client is gone without goodbye", text: `since ${clock(Date.parse(session.end ?? session.lastMessage))}; it may come back and go on.` });
  if (session?.state === "stalled" && isConnected) found.push({ key: `stalled ${session.id}`, head: `No message for ${duration(silence)}.`, text: "The training is busy elsewhere, stopped, or cut off." });
  // Those that are wrong now before those that were; the first to go wrong is what others may follow from.
  const odd = (training?.all("scalar") ?? []).filter(s => s.bad).sort((a, b) => (a.bad.until > 0) - (b.bad.until > 0) || a.bad.time - b.bad.time || natural(a.tag, b.tag));
  for (const s of odd) {
    const before = s.bad.before === null ? "no finite value came before" : `last finite value ${number(s.bad.before)}`;
    const after = s.bad.until ? `; finite again since step ${count(s.bad.until)}` : "";
    found.push({ key: `${s.run} ${s.tag} ${s.bad.step} ${s.bad.until > 0}`, kind: "curves that became NaN or infinite", bad: !s.bad.until, head: `${s.tag} became ${Number.isNaN(s.bad.value) ? "NaN" : s.bad.value > 0 ? "infinite" : "minus infinite"}`, text: `at step ${count(s.bad.step)} (${clock(s.bad.time)}); ${before}${after}.` });
  }
  for (const { series, mean, others, span, kind } of slowOnes) {
    // Both in the unit of the larger one: they are there to be compared.
    const [like, unit] = scaled(others, "GFlop/s", "TFlop/s"), now = fixed(unit === "TFlop/s" ? mean / 1000 : mean);
    found.push({ key: `slow ${series.run}`, kind: "slow workers", head: `${parts(series.run)[0]} is slow:`, text: `${now} ${unit} over ${duration(span)}, the other ${kind} do ${like} ${unit}.` });
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
  const kinds = new Map(), places = [], news = [];
  for (const w of found) {
    const kind = w.kind ?? w.key;
    if (!kinds.has(kind)) kinds.set(kind, []);
    kinds.get(kind).push(w);
  }
  for (const [kind, like] of kinds) {
    for (const w of like.slice(0, MOST)) places.push(line(shown, w, news));
    if (like.length > MOST) places.push(fold(kind, like.slice(MOST), news));
  }
  keepOnly(shown, new Set(places));
  keepOnly(folds, new Set(places), f => f.element);
  places.forEach((element, i) => { if (root.children[i] !== element) root.insertBefore(element, root.children[i] ?? null); });
  for (const text of news) announce(announcer, text);
}

function keepOnly(map, elements, elementOf = e => e) {
  for (const [key, value] of map) {
    if (elements.has(elementOf(value))) continue;
    elementOf(value).remove();
    map.delete(key);
  }
}

// What changes every second would be read out every second: only what is new is said, each in a paragraph of its own.
function announce(announcer, text) {
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  announcer.append(paragraph);
  while (announcer.children.length > MOST_ANNOUNCED) announcer.firstChild.remove();
}

function line(known, w, news) {
  let made = known.get(w.key);
  if (!made) {
    known.set(w.key, made = makeLine());
    news?.push(`${w.head} ${w.text}`);
  }
  made.className = w.bad ? "warning bad" : "warning";
  const texts = [w.bad ? "✕ " : "▲ ", w.head, ` ${w.text}`];
  [...made.children].forEach((part, k) => { if (part.textContent !== texts[k]) part.textContent = texts[k]; });
  return made;
}

function fold(kind, rest, news) {
  let made = folds.get(kind);
  if (!made) folds.set(kind, made = makeFold(kind));
  const text = `and ${count(rest.length)} more ${kind}`;
  if (made.title.textContent !== text) {
    made.title.textContent = text;
    // Once more where they are many more: not with each.
    if (rest.length >= 2 * made.said) { made.said = rest.length; news.push(text); }
  }
  made.element.className = rest.some(w => w.bad) ? "warning bad" : "warning";
  // As long as nobody opens it, it costs nothing.
  const lines = made.element.open ? rest.map(w => line(made.lines, w)) : [];
  keepOnly(made.lines, new Set(lines));
  lines.forEach((element, i) => { if (made.list.children[i] !== element) made.list.insertBefore(element, made.list.children[i] ?? null); });
  return made.element;
}

function makeLine() {
  const made = document.createElement("p"), sign = document.createElement("span");
  sign.setAttribute("aria-hidden", "true");
  made.append(sign, document.createElement("strong"), document.createElement("span"));
  return made;
}

function makeFold(kind) {
  const element = document.createElement("details"), title = document.createElement("summary"), list = document.createElement("div");
  list.className = "more";
  list.tabIndex = 0;
  list.setAttribute("role", "region");
  list.setAttribute("aria-label", `More ${kind}`);
  element.append(title, list);
  element.addEventListener("toggle", () => dispatchEvent(new Event("pagechange")));
  return { element, title, list, lines: new Map(), said: .5 };
}
