// One card for each group of scalars: the raw line pale, the smoothed one strong, marks where a value was no number.

import { look, LineChart } from "./chart.js";
import { clock, count, natural, number } from "./format.js";
import { Legend } from "./legend.js";
import { smooth } from "./thin.js";

const MOST_MARKS = 100, NAMED_MARKS = 3;
const cards = new Map();
const group = name => name.includes("/") ? name.slice(0, name.indexOf("/")) : name;
// The heading says the group already.
const within = name => name.slice(name.indexOf("/") + 1) || name;

export function draw(root, training, view) {
  const groups = new Map();
  for (const s of training.all("scalar").sort((a, b) => natural(a.run, b.run))) {
    if (!groups.has(group(s.tag))) groups.set(group(s.tag), []);
    groups.get(group(s.tag)).push(s);
  }
  document.getElementById("scalars-section").hidden = groups.size === 0;
  for (const [name, card] of cards) if (!groups.has(name)) { dispose(card); cards.delete(name); }
  [...groups.keys()].forEach((name, i) => {
    const series = groups.get(name), card = cards.get(name) ?? make(name);
    if (root.children[i] !== card.element) root.insertBefore(card.element, root.children[i] ?? null);
    const stamp = `${view.x} ${view.log} ${view.smooth} ${card.legend.stamp} ${series.map(s => `${s.run}:${s.version}`).join()}`;
    if (card.stamp !== stamp) { card.stamp = stamp; fill(card, name, series, view); }
  });
}

export function clear() {
  for (const card of cards.values()) dispose(card);
  cards.clear();
}

function dispose(card) {
  card.chart.dispose();
  card.element.remove();
}

function make(name) {
  const element = document.createElement("article");
  element.className = "card";
  const title = document.createElement("h3"), legend = document.createElement("div"), chart = document.createElement("div");
  chart.className = "chart";
  element.append(title, legend, chart);
  const card = { element, title, legend: new Legend(legend, `scalars ${name}`, name), chart: new LineChart(chart) };
  cards.set(name, card);
  return card;
}

function fill(card, name, all, view) {
  // One alone needs no legend, so the heading says its name.
  const heading = all.length === 1 ? all[0].tag : name;
  card.title.textContent = card.title.title = heading;
  const named = all.map((s, i) => ({ series: s, name: within(s.tag), title: s.tag, look: look(i) }));
  card.legend.draw(named);
  const start = Math.min(...all.map(s => s.points[0]?.time ?? Infinity));
  const x = p => view.x === "step" ? p.step : view.x === "wall" ? p.time : (p.time - start) / 1000;
  const drawn = v => Number.isFinite(v) && !(view.log && v <= 0) ? v : null;
  card.chart.draw({
    x: view.x, log: view.log, format: number,
    xFormat: view.x === "step" ? v => Number.isInteger(v) ? count(v) : "" : relative,
    label: all.map(s => `${s.tag}: ${number(s.last.value)} at step ${count(s.last.step)}${s.bad && !s.bad.until ? `, ${number(s.bad.value)} since step ${count(s.bad.step)}` : ""}`).join("; "),
    lines: named.filter(l => card.legend.isShown(l.name)).flatMap(({ series: s, name, look }) => {
      const raw = s.points.map(p => [x(p), drawn(p.value)]);
      if (view.smooth === 0) return [{ name, look, data: raw, marks: marks(s, x, drawn) }];
      const smoothed = smooth(s.points, view.smooth);
      return [{ name: `${name} (raw)`, look, pale: true, data: raw }, { name, look, data: raw.map(([at], i) => [at, drawn(smoothed[i])]), marks: marks(s, x, drawn) }];
    }),
  });
}

const relative = v => v >= 3600 ? `${+(v / 3600).toFixed(2)} h` : v >= 120 ? `${+(v / 60).toFixed(1)} min` : `${+v.toFixed(1)} s`;

// One mark where a run of them begins; where they are many, only the first few say their word.
function marks(s, x, drawn) {
  const found = [];
  let height = s.points.map(p => drawn(p.value)).find(v => v !== null) ?? 1, isIn = false;
  const end = x(s.points[s.points.length - 1]), begin = x(s.points[0]);
  for (const p of s.points) {
    if (Number.isFinite(p.value)) { height = drawn(p.value) ?? height; isIn = false; continue; }
    if (!isIn) found.push({ at: [x(p), height], text: `${number(p.value)} at ${clock(p.time)}`, isNamed: found.length < NAMED_MARKS, isLate: x(p) - begin > (end - begin) / 2 });
    isIn = true;
  }
  return found.slice(0, MOST_MARKS);
}
