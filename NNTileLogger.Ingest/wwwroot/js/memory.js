// Memory in use, a line a node.

import { LineChart, palette } from "./chart.js";
import { labels, natural, number } from "./format.js";

let chart = null, stamp = "";

export function draw(root, training) {
  const all = training.all("memory").sort((a, b) => natural(a.run, b.run));
  document.getElementById("memory-card").hidden = all.length === 0;
  const now = all.map(s => `${s.run}:${s.version}`).join();
  if (all.length === 0 || now === stamp) return;
  stamp = now;
  chart ??= new LineChart(root);
  const short = labels(all.map(s => s.run));
  const options = {
    x: "wall", fromZero: true, format: v => `${number(v)} GiB`, xFormat: null,
    label: `Memory in use: ${all.map(s => `${s.run} ${number(s.last.value)} GiB`).join(", ")}`,
    recolor() { this.lines = lines(); },
  };
  const lines = () => all.map((s, i) => ({ name: short.get(s.run), color: palette()[i % 9], data: s.points.map(p => [p.time, Number.isFinite(p.value) ? p.value : null]) }));
  options.lines = lines();
  chart.draw(options);
}

export function clear() { stamp = ""; chart?.dispose(); chart = null; }
