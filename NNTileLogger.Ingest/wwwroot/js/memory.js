// Memory in use, a line a node.

import { look, LineChart } from "./chart.js";
import { labels, natural, number } from "./format.js";
import { Legend } from "./legend.js";

let chart = null, legend = null, stamp = "";

export function draw(root, training) {
  const all = training.all("memory").sort((a, b) => natural(a.run, b.run));
  document.getElementById("memory-card").hidden = all.length === 0;
  if (all.length === 0) return;
  chart ??= new LineChart(root);
  legend ??= new Legend(document.getElementById("memory-legend"), "memory", "memory in use");
  const now = `${legend.stamp} ${all.map(s => `${s.run}:${s.version}`).join()}`;
  if (now === stamp) return;
  stamp = now;
  const short = labels(all.map(s => s.run));
  const named = all.map((s, i) => ({ series: s, name: short.get(s.run), title: s.run, look: look(i) }));
  legend.draw(named);
  chart.draw({
    x: "wall", fromZero: true, format: v => `${number(v)} GiB`,
    label: `Memory in use: ${all.map(s => `${s.run} ${number(s.last.value)} GiB`).join(", ")}`,
    lines: named.filter(l => legend.isShown(l.name)).map(l => ({ ...l, data: l.series.points.map(p => [p.time, Number.isFinite(p.value) ? p.value : null]) })),
  });
}

export function clear() { stamp = ""; legend?.draw([]); chart?.dispose(); chart = legend = null; }
