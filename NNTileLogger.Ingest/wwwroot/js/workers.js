// A row a worker: its speed now, its share of the best it has shown, and the last minutes. CPU workers fold into one line.

import { duration, fixed, model, natural, parts, scaled, shorten } from "./format.js";
import { RECENT } from "./series.js";

const MINUTE = 60 * 1000;
const FAR_BELOW = 0.6;
/** Of two alike nobody can say which one is out of line. */
const LEAST_LIKE = 3;
const SPARK_POINTS = 160;
const rows = new Map();
let table = null, scroll = null, fold = null, isOpen = false;

export const isCpu = name => /(^|[^a-z])cpu([^a-z]|$)/i.test(parts(name)[0]);

/** Workers of one kind, and of one model where their names tell it: a node may hold two, and one is always slower. */
const alike = s => `${isCpu(s.run) ? "CPU" : /^\p{L}*/u.exec(s.run)[0]} ${model(s.run)}`;

function nameOf(s) {
  if (isCpu(s.run)) return "CPU workers";
  return model(s.run) || "GPUs";
}

/** Workers far below their like over a minute: [{series, span, mean, others, kind}]. */
export function slow(training) {
  const found = [], kinds = new Map();
  for (const s of training.all("worker")) {
    if (!kinds.has(alike(s))) kinds.set(alike(s), []);
    kinds.get(alike(s)).push(s);
  }
  for (const like of kinds.values()) {
    if (like.length < LEAST_LIKE) continue;
    const means = like.map(s => ({ series: s, points: s.recent(MINUTE).filter(p => Number.isFinite(p.value)) }))
      .filter(m => m.points.length >= 10).map(m => ({ series: m.series, span: m.points.at(-1).time - m.points[0].time, mean: m.points.reduce((sum, p) => sum + p.value, 0) / m.points.length }));
    const sorted = means.map(m => m.mean).sort((a, b) => a - b);
    const others = sorted[Math.floor(sorted.length / 2)];
    if (means.length >= LEAST_LIKE && others > 0) found.push(...means.filter(m => m.mean < others * FAR_BELOW).map(m => ({ ...m, others, kind: nameOf(m.series) })));
  }
  return found.sort((a, b) => natural(a.series.run, b.series.run));
}

export function draw(root, training, slowOnes) {
  const all = training.all("worker").sort((a, b) => natural(a.run, b.run));
  document.getElementById("workers-card").hidden = all.length === 0;
  if (!table) make(root);
  const odd = new Set(slowOnes.map(s => s.series.run));
  const gpus = all.filter(s => !isCpu(s.run)), cpus = all.filter(s => isCpu(s.run));
  const folds = cpus.length > 4 || gpus.length > 0 && cpus.length > 1;
  const shown = [...gpus, ...cpus.filter(s => !folds || isOpen || odd.has(s.run))];
  const names = new Set(shown.map(s => s.run));
  for (const [name, row] of rows) if (!names.has(name)) { row.remove(); rows.delete(name); }
  shown.forEach((s, i) => {
    let row = rows.get(s.run);
    if (!row) rows.set(s.run, row = makeRow(s.run));
    if (table.tBodies[0].rows[i] !== row) table.tBodies[0].insertBefore(row, table.tBodies[0].rows[i] ?? null);
    fill(row, s, odd.has(s.run));
  });
  // Those that are out of sight need no curve.
  training.loadRecent(shown);
  table.hidden = shown.length === 0;
  fold.hidden = !folds;
  if (folds) {
    const sum = cpus.reduce((t, s) => t + finite(s.last.value), 0), best = cpus.reduce((t, s) => t + Math.max(0, s.best), 0);
    const [text, unit] = scaled(sum, "GFlop/s", "TFlop/s");
    const line = `${cpus.length} CPU workers · ${text} ${unit} together · ${best > 0 ? Math.round(sum / best * 100) : 0} % of their bests`;
    if (fold.textContent !== line) fold.textContent = line;
    fold.setAttribute("aria-expanded", String(isOpen));
  }
}

export function clear() { rows.clear(); scroll?.remove(); fold?.remove(); table = scroll = fold = null; }

const finite = v => Number.isFinite(v) ? v : 0;

function make(root) {
  table = document.createElement("table");
  table.className = "workers";
  table.innerHTML = `<thead><tr><th scope="col">Worker<span class="below">, last 5 min</span></th><th scope="col" class="speed">GFlop/s</th><th scope="col" class="best" title="The best this worker has shown in this session">of its best</th><th scope="col" class="spark">last 5 min</th></tr></thead><tbody></tbody>`;
  fold = document.createElement("button");
  fold.type = "button";
  fold.className = "fold";
  fold.addEventListener("click", () => { isOpen = !isOpen; dispatchEvent(new Event("pagechange")); });
  // Many rows scroll inside the card, and the line that folds them stays below.
  scroll = document.createElement("div");
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-labelledby", "workers-title");
  scroll.append(table);
  root.append(scroll, fold);
}

function makeRow(name) {
  const row = document.createElement("tr");
  // On a phone the curve has its place below the name.
  row.innerHTML = `<th scope="row"></th><td class="speed"></td><td class="best"><div class="share"><div class="track"><i></i></div><span></span></div></td><td class="spark"><svg viewBox="0 0 100 22" preserveAspectRatio="none" aria-hidden="true"><path/></svg></td>`;
  const [head, rest] = parts(name);
  const title = row.cells[0], short = shorten(head);
  title.title = name;
  title.append(short);
  if (short !== head) title.setAttribute("aria-label", name);
  if (rest) {
    const small = document.createElement("small");
    small.textContent = rest;
    title.append(" ", small);
  }
  const below = row.querySelector("svg").cloneNode(true);
  below.setAttribute("class", "below");
  title.append(below);
  return row;
}

function fill(row, s, isSlow) {
  if (row.version === s.version && row.isSlow === isSlow) return;
  Object.assign(row, { version: s.version, isSlow });
  row.classList.toggle("slow", isSlow);
  const share = s.best > 0 ? Math.max(0, finite(s.last.value) / s.best) : 0;
  row.cells[1].textContent = fixed(s.last.value);
  row.querySelector(".track i").style.setProperty("--share", share);
  row.querySelector(".share span").textContent = s.best > 0 ? `${Math.round(share * 100)} %${isSlow ? " ▼" : ""}` : "–";
  const points = s.recent(RECENT).filter(p => Number.isFinite(p.value));
  row.cells[3].title = points.length ? `over ${duration(points.at(-1).time - points[0].time)}` : "";
  const curve = spark(points, s.best);
  for (const path of row.querySelectorAll("path")) path.setAttribute("d", curve);
}

function spark(points, best) {
  if (points.length < 2) return "";
  const from = points[0].time, span = points.at(-1).time - from || 1;
  const step = Math.max(1, Math.floor(points.length / SPARK_POINTS));
  return points.filter((_, i) => i % step === 0 || i === points.length - 1)
    .map((p, i) => `${i ? "L" : "M"}${((p.time - from) / span * 100).toFixed(1)} ${(21 - p.value / (best || 1) * 19).toFixed(1)}`).join("");
}
