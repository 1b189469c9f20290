// One card for each group of scalars: the raw line pale, the smoothed one strong, marks where a value was no number.

import { LineChart, palette } from "./chart.js";
import { smooth } from "./series.js";
import { clock, count, natural, number } from "./format.js";

const cards = new Map();
const group = name => name.includes("/") ? name.slice(0, name.indexOf("/")) : name;

export function draw(root, training, view) {
  const groups = new Map();
  for (const s of training.all("scalar").sort((a, b) => natural(a.run, b.run))) {
    if (!groups.has(group(s.tag))) groups.set(group(s.tag), []);
    groups.get(group(s.tag)).push(s);
  }
  document.getElementById("scalars-section").hidden = groups.size === 0;
  for (const [name, card] of cards) if (!groups.has(name)) { card.chart.dispose(); card.element.remove(); cards.delete(name); }
  for (const [name, series] of groups) {
    const card = cards.get(name) ?? make(root, name);
    const stamp = `${view.x} ${view.log} ${view.smooth} ${series.map(s => `${s.run}:${s.version}`).join()}`;
    if (card.stamp !== stamp) { card.stamp = stamp; fill(card, series, view); }
  }
}

export function clear() {
  for (const card of cards.values()) { card.chart.dispose(); card.element.remove(); }
  cards.clear();
}

function make(root, name) {
  const element = document.createElement("article");
  element.className = "card";
  const title = document.createElement("h2");
  title.textContent = name;
  title.title = name;
  const chart = document.createElement("div");
  chart.className = "chart";
  element.append(title, chart);
  root.append(element);
  const card = { element, chart: new LineChart(chart) };
  cards.set(name, card);
  return card;
}

function fill(card, series, view) {
  const start = Math.min(...series.map(s => s.points[0]?.time ?? Infinity));
  const x = p => view.x === "step" ? p.step : view.x === "wall" ? p.time : (p.time - start) / 1000;
  const drawn = v => Number.isFinite(v) && !(view.log && v <= 0) ? v : null;
  const options = {
    x: view.x, log: view.log, format: number,
    xFormat: view.x === "step" ? v => count(v) : view.x === "relative" ? v => v >= 3600 ? `${+(v / 3600).toFixed(2)} h` : v >= 120 ? `${+(v / 60).toFixed(1)} min` : `${+v.toFixed(1)} s` : null,
    label: series.map(s => `${s.tag}: ${number(s.last.value)} at step ${count(s.last.step)}${s.bad ? `, ${number(s.bad.value)} since step ${count(s.bad.step)}` : ""}`).join("; "),
    recolor() { this.lines = lines(); },
  };
  function lines() {
    const colors = palette();
    return series.flatMap((s, i) => {
      const color = colors[i % colors.length];
      const smoothed = smooth(s.points, view.smooth);
      const strong = { name: s.tag, color, data: s.points.map((p, k) => [x(p), drawn(smoothed[k])]), marks: marks(s, x, drawn) };
      return view.smooth > 0 ? [{ name: `${s.tag} (raw)`, color, pale: true, data: s.points.map(p => [x(p), drawn(p.value)]) }, strong] : [strong];
    });
  }
  options.lines = lines();
  card.chart.draw(options);
}

// One mark where a run of them begins; where they are many, only the first says its word.
function marks(s, x, drawn) {
  const found = [];
  let height = s.points.map(p => drawn(p.value)).find(v => v !== null) ?? 1, isIn = false;
  const end = x(s.points[s.points.length - 1]), begin = x(s.points[0]);
  for (const p of s.points) {
    if (Number.isFinite(p.value)) { height = drawn(p.value) ?? height; isIn = false; continue; }
    if (!isIn) found.push({ at: [x(p), height], text: `${number(p.value)} at ${clock(p.time)}`, isNamed: found.length < 3, isLate: x(p) - begin > (end - begin) / 2 });
    isIn = true;
  }
  return found.slice(0, 100);
}
